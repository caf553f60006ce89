//! A model that does its worst. Whatever it says, an investigation ends within its bounds, believes nothing
//! outside the closed lists, and has a name for what was wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![allow(clippy::too_many_lines, reason = "tables are as long as there are cases")]

mod checks;
mod form;
mod full;
mod honest;
mod injection;
mod known;
mod limits;
mod money;
mod names;
mod properties;
mod script;
mod service;
mod stage;
mod table;
mod tools;
mod turns;
mod words;
