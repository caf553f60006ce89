//! Masks the names of users, roles and sessions, wherever an ARN holds them, and of actors without an ARN.

use std::collections::{BTreeMap, BTreeSet};

use common::Arn;

/// Actors that are no person: services, and words that services use for their callers.
const NOBODY: [&str; 12] = [
    "",
    "CloudFormation",
    "CloudFormationRollback",
    "CodeDeploy",
    "CodeDeployAutoUpdate",
    "Security Hub",
    "autoscaling",
    "autoscalingTermination",
    "codeDeployRollback",
    "root",
    "unknown",
    "user",
];

/// A shorter word is too likely to mean something else.
const SHORTEST: usize = 3;

/// Characters that end an ARN in a text.
const DELIMITERS: &str = "\"'`,;()[]{}<>|\\&=";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PrincipalKind {
    User,
    Role,
    Session,
}

impl PrincipalKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Session => "session",
        }
    }
}

#[derive(Debug, Default)]
pub(in crate::export) struct Names {
    own: BTreeMap<String, String>,
    given: BTreeMap<(PrincipalKind, String), String>,
}

impl Names {
    pub(super) fn new(own_roles: &BTreeMap<String, String>) -> Self {
        Self { own: own_roles.clone(), ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.given.len()
    }

    /// Masks an actor, by ARN or otherwise. An ARN stays for [`in_arns`](Self::in_arns), and its names
    /// are known from now on.
    pub(in crate::export) fn actor(&mut self, text: &str) -> String {
        if text.starts_with("arn:") {
            self.in_arns(text);
            return text.to_owned();
        }
        let nobody = NOBODY.contains(&text) || text.ends_with(".amazonaws.com");
        if nobody { text.to_owned() } else { self.given(PrincipalKind::User, text) }
    }

    /// `text` with the names of people replaced that are known as actors, as whole words. `parts` are words
    /// that also name a resource: a function's sessions bear its name.
    pub(in crate::export) fn in_prose(&self, text: &str, parts: &BTreeSet<String>) -> String {
        let mut people: Vec<_> = self
            .given
            .iter()
            .filter(|((kind, name), _)| {
                *kind != PrincipalKind::Role && name.chars().count() >= SHORTEST && !parts.contains(name)
            })
            .map(|((_, name), given)| (name, given))
            .collect();
        people.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        people.into_iter().fold(text.to_owned(), |text, (name, given)| replaced(&text, name, given))
    }

    /// `text` with the names in every ARN of an identity replaced.
    pub(super) fn in_arns(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, from)) = rest.find("arn:aws").and_then(|at| rest.split_at_checked(at)) {
            let end = from.find(|c: char| c.is_whitespace() || DELIMITERS.contains(c)).unwrap_or(from.len());
            let whole = from.get(..end).unwrap_or(from).trim_end_matches(['.', ':']);
            let masked = whole.parse::<Arn>().ok().and_then(|arn| self.identity(&arn));
            shown.push_str(before);
            shown.push_str(masked.as_deref().unwrap_or(whole));
            rest = from.get(whole.len()..).unwrap_or_default();
        }
        shown.push_str(rest);
        shown
    }

    /// `None` for what names nobody.
    fn identity(&mut self, arn: &Arn) -> Option<String> {
        if !["iam", "sts"].contains(&arn.service()) {
            return None;
        }
        let (kind, path) = arn.resource().split_once('/')?;
        let last = path.rsplit('/').next().unwrap_or(path);
        let shown = match kind {
            "user" | "federated-user" => self.given(PrincipalKind::User, last),
            "role" | "assumed-role" if is_aws_own(path) => return None,
            "role" => self.role(last),
            "assumed-role" => match path.split_once('/') {
                Some((role, session)) => {
                    format!("{}/{}", self.role(role), self.given(PrincipalKind::Session, session))
                }
                None => self.role(path),
            },
            _ => return None,
        };
        let text = arn.to_string();
        let before = text.strip_suffix(arn.resource())?;
        Some(format!("{before}{kind}/{shown}"))
    }

    fn role(&mut self, name: &str) -> String {
        match self.own.get(name) {
            Some(known) => known.clone(),
            None => self.given(PrincipalKind::Role, name),
        }
    }

    fn given(&mut self, kind: PrincipalKind, name: &str) -> String {
        let next = self.given.len().saturating_add(1);
        let number = || format!("{}-{next}", kind.as_str());
        self.given.entry((kind, name.to_owned())).or_insert_with(number).clone()
    }
}

/// Roles that AWS makes for its services are called the same in every account.
fn is_aws_own(path: &str) -> bool {
    path.starts_with("aws-service-role/") || path.starts_with("AWSServiceRole")
}

fn replaced(text: &str, name: &str, given: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find(name).and_then(|at| rest.split_at_checked(at)) {
        shown.push_str(before);
        let after = from.get(name.len()..).unwrap_or_default();
        let whole = !shown.ends_with(is_part) && !after.starts_with(is_part);
        shown.push_str(if whole { given } else { name });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let own = [("ops-RestoreParameterRole-X1", "nightshift-RestoreParameterRole")];
        Names::new(&own.map(|(name, known)| (name.to_owned(), known.to_owned())).into())
    }

    #[test]
    fn in_arns_people_and_roles_are_numbered_and_our_own_stay_known() {
        let mut names = names();
        for (arn, expected) in [
            ("iam::1:user/team/alice", "iam::1:user/user-1"),
            ("iam::1:user/alice", "iam::1:user/user-1"),
            ("sts::1:assumed-role/deploy/alice", "sts::1:assumed-role/role-2/session-3"),
            ("iam::1:role/path/deploy", "iam::1:role/role-2"),
            ("sts::1:federated-user/bob", "sts::1:federated-user/user-4"),
            (
                "sts::1:assumed-role/ops-RestoreParameterRole-X1/Automation-7",
                "sts::1:assumed-role/nightshift-RestoreParameterRole/session-5",
            ),
            ("sts::1:assumed-role/ops-RestoreParameterRole-X2/s", "sts::1:assumed-role/role-6/session-7"),
            (
                "sts::1:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
                "sts::1:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
            ),
            ("iam::1:root", "iam::1:root"),
            ("lambda:r:1:function:alice", "lambda:r:1:function:alice"),
        ] {
            assert_eq!(names.in_arns(&format!("arn:aws:{arn}")), format!("arn:aws:{expected}"));
        }
        assert_eq!(
            names.in_arns("User: arn:aws:iam::1:user/alice, or \"arn:aws:iam::1:role/deploy\"."),
            "User: arn:aws:iam::1:user/user-1, or \"arn:aws:iam::1:role/role-2\"."
        );
    }

    #[test]
    fn actor_without_an_arn_is_a_person_unless_it_is_a_service() {
        let mut names = names();
        for (actor, expected) in [
            ("alice", "user-1"),
            ("autoscaling.amazonaws.com", "autoscaling.amazonaws.com"),
            ("CloudFormation", "CloudFormation"),
            ("alice", "user-1"),
            ("arn:aws:iam::1:user/bob", "arn:aws:iam::1:user/bob"),
        ] {
            assert_eq!(names.actor(actor), expected);
        }
        let parts = BTreeSet::new();
        assert_eq!(names.in_prose("alice and bob, not malice", &parts), "user-1 and user-2, not malice");
    }

    #[test]
    fn in_prose_word_that_names_a_resource_too_stays() {
        let mut names = names();
        names.actor("arn:aws:sts::1:assumed-role/checkout-role/checkout");
        let parts = BTreeSet::from(["checkout".to_owned()]);
        assert_eq!(names.in_prose("checkout was deployed", &parts), "checkout was deployed");
    }
}
