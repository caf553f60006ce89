"""Lists for each function the clients that it makes and an environment in which it starts.

The clients are by their boto3 names, so that the Python equivalent makes the same ones; so are the services that a
function asks without a client of the SDK's. A test holds this table against the header of every function's crate.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Function:
    name: str
    clients: tuple[str, ...]
    wire: tuple[str, ...] = ()
    """Services that it calls by requests that it signs itself."""
    environment: dict[str, str] = field(default_factory=dict)
    """Values with which it starts where there is no stack; besides those that all have."""

    def sample_environment(self) -> dict[str, str]:
        return {"TABLE_NAME": "incidents", "INCIDENT_RETENTION_DAYS": "90", "LEDGER_RETENTION_DAYS": "0"} | self.environment


_READS_OF_AN_ACCOUNT = {"PARAMETER_PREFIX": "/nightshift", "APPLICATION_TAG": "application"}
_TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"

FUNCTIONS = (
    Function(
        "webhook",
        ("events",),
        ("ssm",),
        {
            "EVENT_BUS_NAME": "default",
            "PARAMETER_PREFIX": "/nightshift",
            "WEBHOOK_SNS_TOPICS": "",
            "WEBHOOK_VENDORS": "",
        },
    ),
    Function("ingest", ("dynamodb",)),
    Function("dedup", ("dynamodb",)),
    Function(
        "diagnose",
        (
            "bedrock-runtime",
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
        (
            "bedrock-agent-runtime",
            "cloudcontrol",
            "cloudformation",
            "codedeploy",
            "codepipeline",
            "config",
            "elbv2",
            "events",
            "health",
            "iam",
            "pi",
            "rds",
            "s3",
            "securityhub",
            "service-quotas",
        ),
        _READS_OF_AN_ACCOUNT
        | {
            "AUTOMATION_ROLE_NAMES": "restore-parameter",
            "EVIDENCE_PATIENCE_SECONDS": "0",
            "MODEL": "in-doubt",
            "MODEL_GEOGRAPHY": "region",
            "MODEL_OVERRIDES": "{}",
            "TEAM_KNOWLEDGE": "",
            "KNOWLEDGE_BASE_ID": "",
            "TEAM_TOOLS": "[]",
        },
    ),
    Function(
        "remediate",
        ("cloudwatch", "dynamodb", "ec2", "ecs", "lambda", "resourcegroupstaggingapi", "ssm"),
        ("securityhub",),
        environment=_READS_OF_AN_ACCOUNT
        | {
            "ACTIONS_PER_HOUR": "20",
            "AUTOMATION_ROLES": '{"Nightshift-RestoreParameter":"arn:aws:iam::123456789012:role/restore-parameter"}',
            "CHANGE_CALENDARS": "",
            "UNATTENDED_DRILLS": "false",
        },
    ),
    Function(
        "verify",
        ("cloudwatch", "dynamodb", "ec2", "ecs", "lambda", "ssm"),
        environment={"HOLD_SECONDS": "300", "RECOVERY_DEADLINE_SECONDS": "1800"},
    ),
    Function(
        "notify",
        ("dynamodb", "sns"),
        environment={
            "ALERT_TOPIC_ARN": _TOPIC,
            "DEAD_LETTER_QUEUE_URLS": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
            "FALLBACK_TOPIC_ARN": _TOPIC,
            "INCIDENT_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:nightshift-incident",
        },
    ),
    Function("approve", ("dynamodb",), environment={"APPROVAL_WINDOW_SECONDS": "3600"}),
    Function(
        "sequence",
        ("dynamodb", "kms"),
        ("s3",),
        {
            "CHECKPOINT_BUCKET": "",
            "LEDGER_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "LEDGER_ORIGIN": "nightshift/123456789012/us-east-1/nightshift",
        },
    ),
)

# Services' names in `AWS_ENDPOINT_URL_<SERVICE>` where they are not the boto3 name in capitals.
_ENDPOINT_SUFFIXES = {
    "config": "CONFIG_SERVICE",
    "elbv2": "ELASTIC_LOAD_BALANCING_V2",
    "events": "EVENTBRIDGE",
    "logs": "CLOUDWATCH_LOGS",
    "resourcegroupstaggingapi": "RESOURCE_GROUPS_TAGGING_API",
}


def endpoint_variables(function: Function, endpoint: str) -> dict[str, str]:
    """Variables that send every request of the function to `endpoint`, whatever `AWS_ENDPOINT_URL` says."""
    return {endpoint_variable(name): endpoint for name in (*function.clients, *function.wire)}


def endpoint_variable(service: str) -> str:
    """Of one service, by its boto3 name."""
    return f"AWS_ENDPOINT_URL_{_ENDPOINT_SUFFIXES.get(service, service.upper().replace('-', '_'))}"
