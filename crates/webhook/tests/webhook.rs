//! Tests the webhook: what it reads, whom it believes, and what it answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod webhook {
    mod authentication;
    mod handler;
    mod payloads;
    mod properties;
    mod samples;
    mod signer;
    mod sns;
}
