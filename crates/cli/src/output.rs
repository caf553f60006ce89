//! How answers look to people.

pub(crate) mod plain;
pub(crate) mod table;
