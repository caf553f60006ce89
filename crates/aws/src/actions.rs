//! Automations and messages, by which Nightshift acts in the account, and the modes, by which the team
//! says how far it may go.

#[cfg(feature = "automations")]
pub mod automations;
#[cfg(feature = "channels")]
pub mod channels;
#[cfg(feature = "dead_letters")]
pub mod dead_letters;
#[cfg(feature = "executions")]
pub mod executions;
#[cfg(feature = "modes")]
pub mod modes;
