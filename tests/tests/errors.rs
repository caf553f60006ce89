//! Each function's header tells the errors that its type can really have.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use common::{ErrorName, PortError};
use nightshift_tests::header;

fn assert_header_tells<E: ErrorName>(function: &str) {
    let told: BTreeSet<String> = header::of(function).unwrap().errors;
    let may_have = E::NAMES.iter().chain(PortError::NAMES).map(ToString::to_string).collect();
    assert_eq!(told, may_have, "{function}");
}

#[test]
fn headers_tell_the_errors_of_their_types() {
    assert_header_tells::<ingest::Error>("ingest");
    assert_header_tells::<dedup::Error>("dedup");
    assert_header_tells::<diagnose::Error>("diagnose");
    assert_header_tells::<remediate::Error>("remediate");
    assert_header_tells::<approve::Error>("approve");
    assert_header_tells::<verify::Error>("verify");
    assert_header_tells::<notify::Error>("notify");
    // An error of webhook's is one of its ports.
    assert_header_tells::<PortError>("webhook");
}
