//! Tests a model that does its worst. Whatever it answers, an investigation ends within its bounds, believes
//! nothing outside the closed lists, and counts each fault under its name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![allow(clippy::too_many_lines, reason = "tables are as long as there are cases")]

mod behaviours;
mod full;
mod harness;
mod honest;
mod injection;
mod limits;
mod properties;
