//! What Nightshift does in the account, and how much of it the team allows: runbooks, messages and the
//! modes.

#[cfg(feature = "automations")]
pub mod automations;
#[cfg(feature = "channels")]
pub mod channels;
#[cfg(feature = "modes")]
pub mod modes;
