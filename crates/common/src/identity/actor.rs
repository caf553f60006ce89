//! Tells what kind of actor made a call, from what a CloudTrail record says of its caller.
//!
//! Three things say it, and they are not worth the same. What AWS itself writes proves it: the service that invoked
//! the call, the path of a service-linked role, the provider of a web identity. The type of the identity says what a
//! caller is that nothing else speaks for. A name or a user agent only suggests it, because its owner chose it: it can
//! make an actor one that is to be treated with more care, and never one with less.
//! Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>.

mod names;
mod principals;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::OwnRoles;

/// The kind of actor behind a change, in the order of the care that undoing its changes takes: the greater, the more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// One of Nightshift's own automation roles.
    Ourselves,
    /// A human at a console or a terminal.
    Person,
    /// Nothing says who it was.
    #[default]
    Unknown,
    /// A deployment: `CloudFormation`, `CodeDeploy`, GitHub Actions, Terraform.
    Pipeline,
    /// Another AWS service on somebody's behalf: Systems Manager, AWS Backup, Fault Injection Service.
    Service,
    /// Whatever adds and removes capacity: Auto Scaling with its warm pools, Spot, fleets.
    Scaling,
    /// Whatever acts by the clock: `EventBridge` Scheduler, Instance Scheduler on AWS, off-hours tools.
    Scheduler,
    /// A response to a security finding, such as a quarantine.
    Security,
}

/// The fields of a CloudTrail record that tell who made the call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// `userIdentity.type`.
    pub identity_type: Option<&'a str>,
    /// `userIdentity.arn`.
    pub arn: Option<&'a str>,
    /// `userIdentity.invokedBy`: the AWS service that made the request.
    pub invoked_by: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.arn`: the role, with its path, which the session's ARN lacks.
    pub session_issuer: Option<&'a str>,
    /// `userIdentity.sessionContext.webIdFederationData.federatedProvider`.
    pub federated_provider: Option<&'a str>,
    /// `sourceIPAddress`: the service's name where a service called.
    pub source_address: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// `sessionCredentialFromConsole`: true if the request came from a console session.
    pub from_console: bool,
}

impl ActorKind {
    pub const ALL: [Self; 8] = [
        Self::Ourselves,
        Self::Person,
        Self::Unknown,
        Self::Pipeline,
        Self::Service,
        Self::Scaling,
        Self::Scheduler,
        Self::Security,
    ];

    /// Returns the kind of the actor that `caller` describes. `account` is the account that the record is from.
    ///
    /// ```
    /// use common::{OwnRoles, actor::{ActorKind, Caller}};
    ///
    /// let warm_pool = Caller {
    ///     identity_type: Some("AssumedRole"),
    ///     arn: Some("arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"),
    ///     invoked_by: Some("autoscaling.amazonaws.com"),
    ///     ..Caller::default()
    /// };
    /// let kind = ActorKind::from_caller(&warm_pool, "123456789012", &OwnRoles::default());
    /// assert_eq!(kind, ActorKind::Scaling);
    /// ```
    pub fn from_caller(caller: &Caller<'_>, account: &str, own_roles: &OwnRoles) -> Self {
        if caller.arn.is_some_and(|arn| own_roles.include(arn, account)) {
            return Self::Ourselves;
        }
        let proven = proven(caller);
        let suggested = [caller.arn, caller.session_issuer, caller.user_agent]
            .into_iter()
            .flatten()
            .filter_map(names::suggested_kind)
            .max();
        let by_itself = || if is_person(caller) { Self::Person } else { Self::Unknown };
        let kind = proven.unwrap_or_else(by_itself);
        suggested.map_or(kind, |suggested| kind.max(suggested))
    }

    /// Returns the kind of the actor of whom only the ARN is known.
    pub fn from_arn(arn: &str, account: &str, own_roles: &OwnRoles) -> Self {
        let is_user = arn.contains(":user/") || arn.ends_with(":root");
        let identity_type = is_user.then_some("IAMUser");
        Self::from_caller(&Caller { arn: Some(arn), identity_type, ..Caller::default() }, account, own_roles)
    }

    /// Returns true for an actor that does what it was set up to do: what it did is the state that somebody wants, and
    /// not a fault to put right.
    pub const fn acts_by_design(self) -> bool {
        matches!(self, Self::Service | Self::Scaling | Self::Scheduler | Self::Security)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ourselves => "ourselves",
            Self::Person => "person",
            Self::Unknown => "unknown",
            Self::Pipeline => "pipeline",
            Self::Service => "service",
            Self::Scaling => "scaling",
            Self::Scheduler => "scheduler",
            Self::Security => "security",
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the kind that AWS's own fields prove; the one that takes most care, where they prove several.
fn proven(caller: &Caller<'_>) -> Option<ActorKind> {
    let principals = [caller.invoked_by, caller.source_address].into_iter().flatten();
    let by_service = principals.filter_map(principals::service_kind).max();
    let linked = caller.session_issuer.and_then(principals::service_linked_kind);
    let federated = caller.federated_provider.and_then(principals::provider_kind);
    let typed = (caller.identity_type == Some("AWSService")).then_some(ActorKind::Service);
    [by_service, linked, federated, typed].into_iter().flatten().max()
}

/// Returns true for an identity that only a human has, or a session that came from the console. A user of IAM may be a
/// program's: then its name may say so.
fn is_person(caller: &Caller<'_>) -> bool {
    let of_people = ["Root", "IAMUser", "FederatedUser", "IdentityCenterUser", "SAMLUser", "Directory"];
    caller.from_console
        || caller.identity_type.is_some_and(|kind| of_people.contains(&kind))
        || caller.session_issuer.is_some_and(|role| role.contains(":role/aws-reserved/sso.amazonaws.com/"))
}

#[cfg(test)]
mod tests;
