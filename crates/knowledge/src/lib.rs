//! Runbooks: what people know about a failure, as Markdown that both they and machines can use.
//!
//! A runbook is a file `<id>.md`: front matter in YAML that says when it applies, then five fixed
//! sections. [`Library::check`] reads a set of them and names everything that is wrong;
//! [`Library::search`] finds the ones that answer to a signature.
//!
//! Nothing here does I/O but [`read_folder`]. docs/runbooks.md tells the form and how it is searched.

mod actions;
mod commands;
mod error;
mod folder;
mod front_matter;
mod library;
mod runbook;
mod search;
mod sections;
mod shipped;
mod terms;
mod words;

pub use actions::Actions;
pub use error::RunbookError;
pub use folder::read_folder;
pub use library::Library;
pub use runbook::{MAX_BYTES, Runbook};
pub use search::{Hit, Matched, Query};
pub use words::SERVICES;
