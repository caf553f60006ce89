//! Builds ARNs of services that leave the region or the account empty.

use super::arn::Arn;

/// The parts of an ARN that a service fills:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArnScope {
    /// It has region and account.
    Regional,
    /// It has an account and no region, as a role's.
    Global,
    /// It has a region and no account, as an API's.
    NoAccount,
    /// It has neither, as a bucket's.
    Nameless,
}

impl ArnScope {
    /// Returns the ARN of `resource`; `None` where that is not one, such as an empty name.
    ///
    /// ```
    /// use common::arn_scope::ArnScope;
    ///
    /// let role = ArnScope::Global.arn("iam", "eu-west-1", "123456789012", "role/deploy").unwrap();
    /// assert_eq!(role.to_string(), "arn:aws:iam::123456789012:role/deploy");
    /// ```
    pub fn arn(self, service: &str, region: &str, account: &str, resource: &str) -> Option<Arn> {
        let of_region = Arn::new(service, region, account, resource);
        let region = if matches!(self, Self::Regional | Self::NoAccount) { region } else { "" };
        let account = if matches!(self, Self::Regional | Self::Global) { account } else { "" };
        format!("arn:{}:{service}:{region}:{account}:{resource}", of_region.partition()).parse().ok()
    }
}
