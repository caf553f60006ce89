//! Telling Nightshift's own writes from everybody else's, where only a caller's ARN is known.

use std::{collections::BTreeSet, convert::Infallible, str::FromStr};

use crate::Arn;

/// The names of the roles that automations act under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnRoles(BTreeSet<String>);

impl OwnRoles {
    /// Returns true if `caller` is a session of one of the roles in `account`
    /// (`arn:aws:sts::…:assumed-role/<role>/…`).
    pub fn include(&self, caller: &str, account: &str) -> bool {
        caller.parse::<Arn>().is_ok_and(|arn| {
            let mut parts = arn.resource().split('/');
            arn.service() == "sts"
                && arn.account() == account
                && parts.next() == Some("assumed-role")
                && parts.next().is_some_and(|role| self.0.contains(role))
        })
    }
}

/// Role names, comma separated, as `AUTOMATION_ROLE_NAMES` holds them.
impl FromStr for OwnRoles {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self(names.map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_only_a_session_of_a_named_role_in_the_account_is_own() {
        let Ok(own) = "nightshift-restore, nightshift-start,".parse::<OwnRoles>();
        let is_own = |caller: &str| own.include(caller, "123456789012");
        assert!(is_own("arn:aws:sts::123456789012:assumed-role/nightshift-restore/run"));
        assert!(!is_own("arn:aws:sts::123456789012:assumed-role/mallory/nightshift-restore"));
        assert!(!is_own("arn:aws:sts::999999999999:assumed-role/nightshift-restore/run"));
        assert!(!is_own("arn:aws:iam::123456789012:user/nightshift-restore"));
        assert!(!is_own("nightshift-restore"));
        assert!(!own.include("arn:aws:sts::123456789012:assumed-role//x", "123456789012"));
    }
}
