//! Defines the mode: how much Nightshift may do by itself.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The degree of autonomy, from doing nothing to acting unattended. Ordered: more autonomy is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Open incidents and tell a human; nothing is diagnosed or done.
    Off,
    /// Diagnose and tell a human.
    Observe,
    /// Also decide, and record what would have been done.
    Shadow,
    /// Every action asks a human first.
    Supervised,
    /// Policy decides.
    Autonomous,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::Off, Self::Observe, Self::Shadow, Self::Supervised, Self::Autonomous];

    /// The mode of a deployment that has none: nobody has said that it may act.
    pub const MISSING: Self = Self::Observe;

    /// Computes the mode in force for an application. The deployment's mode is the ceiling for all applications,
    /// and an application without a mode of its own never goes beyond `supervised`.
    ///
    /// ```
    /// use common::Mode;
    ///
    /// // The deployment allows everything, but only `shop` was set to act by itself.
    /// let deployment = Mode::Autonomous;
    /// assert_eq!(Mode::effective(deployment, Some(Mode::Autonomous)), Mode::Autonomous);
    /// assert_eq!(Mode::effective(deployment, None), Mode::Supervised);
    ///
    /// // Lowering the deployment's mode lowers everybody's, so it is the kill switch.
    /// assert_eq!(Mode::effective(Mode::Off, Some(Mode::Autonomous)), Mode::Off);
    /// ```
    pub fn effective(deployment: Self, application: Option<Self>) -> Self {
        deployment.min(application.unwrap_or(Self::Supervised))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::Shadow => "shadow",
            Self::Supervised => "supervised",
            Self::Autonomous => "autonomous",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid mode {0:?}: expected off, observe, shadow, supervised or autonomous")]
pub struct InvalidMode(pub String);

impl FromStr for Mode {
    type Err = InvalidMode;

    fn from_str(text: &str) -> Result<Self, InvalidMode> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text.trim())
            .ok_or_else(|| InvalidMode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_never_above_the_ceiling_nor_above_supervised_unnamed() {
        for ceiling in Mode::ALL {
            assert_eq!(Mode::effective(ceiling, None), ceiling.min(Mode::Supervised));
            for own in Mode::ALL {
                assert_eq!(Mode::effective(ceiling, Some(own)), ceiling.min(own));
            }
        }
    }

    #[test]
    fn from_str_of_another_word_says_which_are_known() {
        assert!("Autonomous!".parse::<Mode>().unwrap_err().to_string().contains("supervised"));
    }
}
