//! The AWS services that call others, by their service principals, and the kind of actor that each is.

use super::ActorKind;

/// The services that are something else than [`ActorKind::Service`], by the part of their principal before the
/// domain. Principals: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
/// (service-linked roles) and the CloudTrail page of each service.
const SERVICES: &[(&str, ActorKind)] = &[
    // Changes capacity. A warm pool stops instances as AWSServiceRoleForAutoScaling:
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
    ("autoscaling", ActorKind::Scaling),
    ("autoscaling-plans", ActorKind::Scaling),
    // `ecs.application-autoscaling`, `dynamodb.application-autoscaling`, … :
    // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
    ("application-autoscaling", ActorKind::Scaling),
    ("custom-resource", ActorKind::Scaling),
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
    ("spot", ActorKind::Scaling),
    ("spotfleet", ActorKind::Scaling),
    ("ec2fleet", ActorKind::Scaling),
    ("capacityreservationfleet", ActorKind::Scaling),
    ("batch", ActorKind::Scaling),
    ("eks-nodegroup", ActorKind::Scaling),
    ("ecs-compute", ActorKind::Scaling),
    ("compute-optimizer", ActorKind::Scaling),
    // Acts by the clock. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    ("scheduler", ActorKind::Scheduler),
    ("events", ActorKind::Scheduler),
    // Deploys.
    ("cloudformation", ActorKind::Pipeline),
    ("stacksets.cloudformation", ActorKind::Pipeline),
    ("member.org.stacksets.cloudformation", ActorKind::Pipeline),
    ("cloudcontrolapi", ActorKind::Pipeline),
    ("codebuild", ActorKind::Pipeline),
    ("codecatalyst", ActorKind::Pipeline),
    ("codedeploy", ActorKind::Pipeline),
    ("codepipeline", ActorKind::Pipeline),
    ("elasticbeanstalk", ActorKind::Pipeline),
    ("managedupdates.elasticbeanstalk", ActorKind::Pipeline),
    ("amplify", ActorKind::Pipeline),
    ("proton", ActorKind::Pipeline),
    ("servicecatalog", ActorKind::Pipeline),
    ("appconfig", ActorKind::Pipeline),
    // Answers findings.
    ("guardduty", ActorKind::Security),
    ("malware-protection.guardduty", ActorKind::Security),
    ("securityhub", ActorKind::Security),
    ("security-ir", ActorKind::Security),
    ("triage.security-ir", ActorKind::Security),
    ("inspector2", ActorKind::Security),
    ("detective", ActorKind::Security),
    ("macie", ActorKind::Security),
    ("fms", ActorKind::Security),
    ("shield", ActorKind::Security),
    ("access-analyzer", ActorKind::Security),
    ("config", ActorKind::Security),
    ("remediation.config", ActorKind::Security),
];

/// The domains of service principals, the longest first. A principal is the same word in every partition:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
const DOMAINS: [&str; 3] = [".amazonaws.com.cn", ".amazonaws.com", ".amazonaws.eu"];

/// The providers of web identities that stand for a pipeline: <https://docs.github.com/actions/concepts/security/openid-connect>.
const PIPELINE_PROVIDERS: [&str; 6] = [
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "api.bitbucket.org",
    "oidc.circleci.com",
    "agent.buildkite.com",
    "app.terraform.io",
];

/// Returns the kind of a service principal such as `ecs.application-autoscaling.amazonaws.com`; `None` for what is
/// none, such as an address or `AWS Internal`, which stands for the console too.
pub(super) fn service_kind(principal: &str) -> Option<ActorKind> {
    let name = DOMAINS.iter().find_map(|domain| principal.strip_suffix(domain))?;
    let known = |name: &str| SERVICES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    // A principal may have a region behind its name, or the service that it acts for before it.
    let parts = name.split('.');
    Some(known(name).or_else(|| parts.filter_map(known).max()).unwrap_or(ActorKind::Service))
}

/// Returns the kind of the service that alone can assume the role: only AWS makes roles under this path
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>).
pub(super) fn service_linked_kind(role: &str) -> Option<ActorKind> {
    let (_, path) = role.split_once(":role/aws-service-role/")?;
    service_kind(path.split('/').next()?)
}

/// Returns the kind that the provider of a web identity proves: an ARN of an OIDC provider, or its host.
pub(super) fn provider_kind(provider: &str) -> Option<ActorKind> {
    let host = provider.rsplit_once("oidc-provider/").map_or(provider, |(_, host)| host);
    PIPELINE_PROVIDERS
        .iter()
        .any(|known| host.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        .then_some(ActorKind::Pipeline)
}
