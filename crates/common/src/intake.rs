//! Defines signals, which are events in one uniform form, the symptoms that they report, and the alerts of other
//! monitoring tools.

pub mod alarm_tier;
pub mod signal;
pub mod symptom;
pub mod webhook_alert;
