"""What each function is measured with: the clients it makes, and an environment it starts in.

The clients are by their boto3 names, so that the Python equivalent makes the same ones. A test holds this table
against the header of every function's crate.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Function:
    name: str
    clients: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    """Values with which it starts where there is no stack; besides `TABLE_NAME`, which all have."""

    def sample_environment(self) -> dict[str, str]:
        return {"TABLE_NAME": "incidents"} | self.environment


_READS_OF_AN_ACCOUNT = {"PARAMETER_PREFIX": "/nightshift", "APPLICATION_TAG": "application"}
_TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"

FUNCTIONS = (
    Function("ingest", ("dynamodb",)),
    Function("dedup", ("dynamodb",)),
    Function(
        "diagnose",
        (
            "cloudtrail",
            "cloudwatch",
            "dynamodb",
            "ec2",
            "ecs",
            "lambda",
            "logs",
            "resourcegroupstaggingapi",
            "ssm",
            "xray",
        ),
        _READS_OF_AN_ACCOUNT | {"AUTOMATION_ROLE_NAMES": "restore-parameter", "EVIDENCE_PATIENCE_SECONDS": "0"},
    ),
    Function(
        "remediate",
        ("cloudwatch", "dynamodb", "ec2", "ecs", "resourcegroupstaggingapi", "ssm"),
        _READS_OF_AN_ACCOUNT
        | {
            "AUTOMATION_ROLES": '{"Nightshift-RestoreParameter":"arn:aws:iam::123456789012:role/restore-parameter"}',
            "UNATTENDED_DRILLS": "false",
        },
    ),
    Function(
        "verify",
        ("cloudwatch", "dynamodb", "ec2", "ecs", "lambda", "ssm"),
        {"HOLD_SECONDS": "300", "RECOVERY_DEADLINE_SECONDS": "1800"},
    ),
    Function(
        "notify",
        ("dynamodb", "sns"),
        {
            "ALERT_TOPIC_ARN": _TOPIC,
            "FALLBACK_TOPIC_ARN": _TOPIC,
            "INCIDENT_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:nightshift-incident",
        },
    ),
    Function("approve", ("dynamodb",), {"APPROVAL_WINDOW_SECONDS": "3600"}),
)

# Services' names in `AWS_ENDPOINT_URL_<SERVICE>` where they are not the boto3 name in capitals.
_ENDPOINT_SUFFIXES = {"logs": "CLOUDWATCH_LOGS", "resourcegroupstaggingapi": "RESOURCE_GROUPS_TAGGING_API"}


def endpoint_variables(function: Function, endpoint: str) -> dict[str, str]:
    """What sends every client of the function to `endpoint`, whatever `AWS_ENDPOINT_URL` says."""
    return {f"AWS_ENDPOINT_URL_{_ENDPOINT_SUFFIXES.get(name, name.upper())}": endpoint for name in function.clients}
