//! The layout of answers for people.

pub(crate) mod plain;
pub(crate) mod table;
