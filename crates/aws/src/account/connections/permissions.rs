//! Reads the resources that the roles of functions and services may use. A permission is no proof of
//! use, so these are weak.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, ResourceKind,
    ports::{ConnectionSource, PortError, PortErrorKind, Reading},
    topology::{Connected, EdgeKind},
};
use serde_json::Value;

use super::{cut, describe, each, policy, some_of};
use crate::{
    account::ecs,
    cli_command::aws,
    error::unreadable,
    signed_http::{
        Input, Operation, SignedClient,
        services::{self, LAMBDA},
        xml::{child_text, document, members, text_below},
    },
};

const FUNCTION: Operation =
    Operation::at(&LAMBDA, "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration");
const INLINE: Operation = Operation::new(&services::IAM, "ListRolePolicies");
const INLINE_ONE: Operation = Operation::new(&services::IAM, "GetRolePolicy");
const ATTACHED: Operation = Operation::new(&services::IAM, "ListAttachedRolePolicies");
const POLICY: Operation = Operation::new(&services::IAM, "GetPolicy");
const VERSION: Operation = Operation::new(&services::IAM, "GetPolicyVersion");
pub(super) const IAM: &[&str] = &[
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "lambda:GetFunctionConfiguration",
];

/// Most functions and services whose role is read, the nearest.
const MOST_ASKED: usize = 20;
/// A role has ten managed policies unless a quota was raised, and hardly more of its own.
const MOST_POLICIES: usize = 20;

pub(super) async fn read_permissions(
    client: &SignedClient,
    resources: &[Arn],
) -> Result<Reading<Connected>, PortError> {
    let mut connected = Connected::from_source(ConnectionSource::Permissions);
    let mut seen = BTreeSet::new();
    let mut users: Vec<Arn> = resources
        .iter()
        .map(Arn::component)
        .filter(|arn| matches!(arn.kind(), ResourceKind::Function { .. } | ResourceKind::Service { .. }))
        .filter(|arn| seen.insert(arn.clone()))
        .collect();
    cut(&mut users, MOST_ASKED, "functions and services", &mut connected);
    let roles = each(users, async |user: Arn| Ok((role_of(client, &user).await?, user))).await;
    let mut users_of: BTreeMap<String, Vec<Arn>> = BTreeMap::new();
    for (role, user) in some_of(roles, &mut connected)? {
        if let Some(role) = role {
            users_of.entry(role).or_default().push(user);
        }
    }
    let roles: Vec<String> = users_of.keys().cloned().collect();
    let read = each(roles, async |role: String| Ok((permitted(client, &role).await?, role))).await;
    for ((named, errors), role) in some_of(read, &mut connected)? {
        for error in &errors {
            connected.missed(error);
        }
        for user in users_of.get(&role).into_iter().flatten() {
            let user = describe::component(user);
            let others = named.iter().map(describe::component).filter(|other| other.id() != user.id());
            for other in others {
                connected.connect(user.clone(), EdgeKind::MayUse, other);
            }
        }
    }
    let queries = ["list-role-policies", "list-attached-role-policies"];
    let queries =
        users_of.keys().flat_map(|role| queries.map(|command| aws(["iam", command, "--role-name", role])));
    Ok(Reading::new(queries.collect::<Vec<_>>().join("; "), connected))
}

/// The name of the role that a function, or a service's tasks, run with.
async fn role_of(client: &SignedClient, user: &Arn) -> Result<Option<String>, PortError> {
    let role = match user.kind() {
        ResourceKind::Function { name } => {
            let answer = client.json(&FUNCTION, &Input::new(&name).label(&name)).await?;
            answer.get("Role").and_then(Value::as_str).map(str::to_owned)
        }
        ResourceKind::Service { cluster, service } => {
            let service = ecs::service(client, &cluster, &service).await?;
            let Some(task) = service.and_then(|service| service.task_definition) else {
                return Ok(None);
            };
            ecs::task_definition(client, &task).await?.task_role_arn
        }
        _ => None,
    };
    // `arn:aws:iam::<account>:role/<path>/<name>`
    Ok(role.and_then(|role| role.rsplit('/').next().map(str::to_owned)).filter(|name| !name.is_empty()))
}

/// Reads the resources that a role's policies name, and the errors of policies that could not be read.
async fn permitted(client: &SignedClient, role: &str) -> Result<(BTreeSet<Arn>, Vec<PortError>), PortError> {
    let of_role = Input::new(role).pair("RoleName", role).pair("MaxItems", "1000");
    let (inline, attached) = tokio::join!(client.text(&INLINE, &of_role), client.text(&ATTACHED, &of_role));
    let (mut named, mut errors) = (BTreeSet::new(), Vec::new());
    let mut documents = Vec::new();
    for name in inline_names(&inline?)?.into_iter().take(MOST_POLICIES) {
        documents.push(inline_document(client, role, &name).await);
    }
    for arn in attached_arns(&attached?)?.into_iter().take(MOST_POLICIES) {
        documents.push(attached_document(client, &arn).await);
    }
    for document in documents {
        let read = document.and_then(|document| {
            policy::named(&document).map_err(|error| unreadable(format!("a policy of {role}"), error))
        });
        match read {
            Ok(some) => named.extend(some),
            // Somebody who may read none of them is told once.
            Err(error) if error.kind == PortErrorKind::Denied && named.is_empty() => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Ok((named, errors))
}

async fn inline_document(client: &SignedClient, role: &str, name: &str) -> Result<String, PortError> {
    let input = Input::new(format!("{role} {name}")).pair("RoleName", role).pair("PolicyName", name);
    let answer = client.text(&INLINE_ONE, &input).await?;
    one(&answer, &INLINE_ONE, "PolicyDocument")
}

async fn attached_document(client: &SignedClient, policy: &str) -> Result<String, PortError> {
    let input = || Input::new(policy).pair("PolicyArn", policy);
    let version = one(&client.text(&POLICY, &input()).await?, &POLICY, "DefaultVersionId")?;
    let answer = client.text(&VERSION, &input().pair("VersionId", version)).await?;
    one(&answer, &VERSION, "Document")
}

fn one(answer: &str, operation: &Operation, name: &str) -> Result<String, PortError> {
    let document = document(answer, operation.name())?;
    let found = text_below(document.root(), name);
    found.map(str::to_owned).ok_or_else(|| unreadable(operation.name(), format!("it has no {name}")))
}

fn inline_names(answer: &str) -> Result<Vec<String>, PortError> {
    let document = document(answer, INLINE.name())?;
    let names = members(document.root(), "PolicyNames").into_iter();
    Ok(names.filter_map(|name| name.text()).map(|name| name.trim().to_owned()).collect())
}

/// AWS's own policies name no one's resources.
fn attached_arns(answer: &str) -> Result<Vec<String>, PortError> {
    let document = document(answer, ATTACHED.name())?;
    let policies = members(document.root(), "AttachedPolicies").into_iter();
    let arns = policies.filter_map(|policy| child_text(policy, "PolicyArn"));
    Ok(arns.filter(|arn| !arn.contains(":iam::aws:policy/")).map(str::to_owned).collect())
}
