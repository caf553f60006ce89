//! Conclusions from evidence: tables of single cases, and the properties that hold of all.
#![cfg(test)]

mod alias_metrics;
mod candidacy;
mod incident_report;
mod intended_states;
mod log_lines;
mod model_opinions;
mod planned_stops;
mod playbooks;
mod properties;
mod services;
mod suspects;
mod told_causes;
mod unread_symptoms;
mod usual_symptoms;
