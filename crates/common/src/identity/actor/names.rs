//! What the names of roles, sessions and users, and user agents, suggest. Anybody can choose them.

use super::ActorKind;

/// Parts of names, in lower case and without `-`, `_`, `.`, `/` and spaces, and the kind that each suggests.
const PARTS: &[(&str, ActorKind)] = &[
    // Automated Security Response on AWS is solution SO0111, its roles begin with it:
    // https://docs.aws.amazon.com/solutions/latest/automated-security-response-on-aws/
    ("so0111", ActorKind::Security),
    ("automatedsecurityresponse", ActorKind::Security),
    ("guardduty", ActorKind::Security),
    ("securityhub", ActorKind::Security),
    ("securityresponse", ActorKind::Security),
    ("incidentresponse", ActorKind::Security),
    ("quarantine", ActorKind::Security),
    ("isolat", ActorKind::Security),
    ("containment", ActorKind::Security),
    ("forensic", ActorKind::Security),
    // Instance Scheduler on AWS is solution SO0030 and says so in its user agent:
    // https://docs.aws.amazon.com/solutions/latest/instance-scheduler-on-aws/
    ("so0030", ActorKind::Scheduler),
    ("scheduler", ActorKind::Scheduler),
    ("scheduledstop", ActorKind::Scheduler),
    ("schedulestop", ActorKind::Scheduler),
    ("stopinstances", ActorKind::Scheduler),
    ("autostop", ActorKind::Scheduler),
    ("startstop", ActorKind::Scheduler),
    ("stopstart", ActorKind::Scheduler),
    ("offhours", ActorKind::Scheduler),
    ("officehours", ActorKind::Scheduler),
    // Cloud Custodian's off-hours policies: https://cloudcustodian.io/docs/quickstart/offhours.html
    ("custodian", ActorKind::Scheduler),
    ("cronjob", ActorKind::Scheduler),
    ("maintenancewindow", ActorKind::Scheduler),
    ("autoscaling", ActorKind::Scaling),
    ("autoscaler", ActorKind::Scaling),
    ("karpenter", ActorKind::Scaling),
    ("spotfleet", ActorKind::Scaling),
    ("ec2spot", ActorKind::Scaling),
    ("backup", ActorKind::Service),
    ("patchmanager", ActorKind::Service),
    ("awsservicerolefor", ActorKind::Service),
    // The default name of aws-actions/configure-aws-credentials is GitHubActions.
    ("githubactions", ActorKind::Pipeline),
    ("gitlab", ActorKind::Pipeline),
    ("jenkins", ActorKind::Pipeline),
    ("circleci", ActorKind::Pipeline),
    ("buildkite", ActorKind::Pipeline),
    ("terraform", ActorKind::Pipeline),
    ("opentofu", ActorKind::Pipeline),
    ("pulumi", ActorKind::Pipeline),
    ("atlantis", ActorKind::Pipeline),
    ("spacelift", ActorKind::Pipeline),
    ("argocd", ActorKind::Pipeline),
    ("codebuild", ActorKind::Pipeline),
    ("codepipeline", ActorKind::Pipeline),
    ("codedeploy", ActorKind::Pipeline),
    ("cloudformation", ActorKind::Pipeline),
    // The roles that `cdk bootstrap` makes.
    ("cdkhnb659fds", ActorKind::Pipeline),
];

/// Returns the kind that `text` suggests: the one that takes most care, where it suggests several.
pub(super) fn suggested_kind(text: &str) -> Option<ActorKind> {
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    PARTS.iter().filter(|(part, _)| plain.contains(part)).map(|(_, kind)| *kind).max()
}
