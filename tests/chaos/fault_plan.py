"""Which faults an incident meets: drawn from a seed, before anything runs. The same seed draws the same faults.

A fault is bound to one incident by a text that its calls have: the event's id, the target's name, the application's
name or the incident's id. So what an incident meets does not depend on what runs beside it.
"""

import random
from dataclasses import dataclass
from typing import Any

INTAKE = "-IntakeStateMachineRole-"
INCIDENT = "-IncidentStateMachineRole-"
# Every function's role, and nobody else's: the campaign looks at the targets too, and must not meet their faults.
FUNCTIONS = "FunctionRole-"
_MOST_FAULTS = 4
# The SDK makes three calls of one, and the state machine tries a state up to five times. So these are: absorbed by
# the SDK, absorbed by the state machine, and an outage that neither survives.
_TIMES = (1, 1, 2, 3, 4, 7, 20)
_SLOWEST_SECONDS = 4


@dataclass(frozen=True)
class Point:
    """Calls that can meet a fault."""

    action: str
    about: str
    """The text that binds it: `event`, `target`, `application` or `incident`."""
    caller: str = FUNCTIONS
    resource: str = ""
    """A text of the call's resource besides, such as a function's name."""
    kinds: tuple[str, ...] = ()
    """Kinds of incident that make such calls; empty: all."""
    can_kill: bool = True
    """A function makes it, so that a fault can kill that function."""
    weight: int = 2
    furthest: int = 4
    """As many calls may go through first; 0 where few are made, so that a later one would never come."""


@dataclass(frozen=True)
class PlannedFault:
    about: str
    description: dict[str, Any]
    """As `LocalAws.fault` takes it, without the text that binds it."""

    def __str__(self) -> str:
        what = self.description
        if what.get("kills"):
            does = "kills its function"
        elif what.get("error"):
            does = what["error"]
        else:
            does = f"takes {what['delay_seconds']} s longer"
        when = " after its effect" if what.get("is_after") else ""
        caller = f" of {what['caller'].strip('-')}"
        resource = f" {what['contains'][0]}" if what.get("contains") else ""
        first, last = what["skip"] + 1, what["skip"] + what["times"]
        calls = f"call {first}" if first == last else f"calls {first} to {last}"
        return f"{what['action']}{resource}{caller}, {calls}: {does}{when}"


def _machine_calls(function: str) -> Point:
    return Point("lambda:InvokeFunction", "incident", INCIDENT, f"nightshift-{function}", can_kill=False)


def _function_records(function: str) -> tuple[Point, ...]:
    actions = ("GetItem", "Query", "TransactWriteItems", "UpdateItem")
    return tuple(Point(f"dynamodb:{action}", "incident", f"-{function}FunctionRole-") for action in actions)


def _automation_calls(kind: str, role: str, change: str, read: str) -> tuple[Point, ...]:
    """What an automation does under a role of its own: a change that fails after its effect is the hard case."""
    write = Point(change, "target", f"-{role}-", kinds=(kind,), can_kill=False, weight=6, furthest=0)
    return write, Point(read, "target", f"-{role}-", kinds=(kind,), can_kill=False)


POINTS: tuple[Point, ...] = (
    # On the way in.
    Point("lambda:InvokeFunction", "event", INTAKE, "nightshift-ingest", can_kill=False, furthest=0),
    Point("lambda:InvokeFunction", "event", INTAKE, "nightshift-dedup", can_kill=False, furthest=0),
    Point("dynamodb:TransactWriteItems", "event", "-DedupFunctionRole-", weight=4, furthest=0),
    Point("sqs:SendMessage", "event", INTAKE, can_kill=False, weight=1, furthest=0),
    # The machine, and what its functions read and write about the incident.
    *(_machine_calls(function) for function in ("diagnose", "remediate", "verify", "notify")),
    *(point for function in ("Diagnose", "Remediate", "Verify", "Notify") for point in _function_records(function)),
    # What is read and who is told.
    Point("cloudtrail:LookupEvents", "target"),
    Point("cloudwatch:DescribeAlarms", "target", kinds=("alias", "parameter")),
    Point("cloudwatch:GetMetricData", "target", kinds=("alias", "parameter")),
    Point("lambda:GetAlias", "target", kinds=("alias",)),
    Point("ssm:GetParameterHistory", "target", kinds=("parameter",)),
    Point("ec2:DescribeInstances", "target", kinds=("instance",)),
    Point("ecs:DescribeServices", "target", kinds=("service",)),
    Point("ssm:GetParameter", "application"),
    Point("sns:Publish", "incident", weight=6, furthest=1),
    # What has an effect, in Nightshift and in the automation itself.
    Point("ssm:StartAutomationExecution", "target", weight=8, furthest=0),
    *_automation_calls("alias", "RollbackLambdaAliasRole", "lambda:UpdateAlias", "lambda:GetAlias"),
    *_automation_calls("parameter", "RestoreParameterRole", "ssm:PutParameter", "ssm:GetParameter"),
    *_automation_calls("instance", "StartInstanceRole", "ec2:StartInstances", "ec2:DescribeInstances"),
    *_automation_calls("service", "RollbackEcsServiceRole", "ecs:UpdateService", "ecs:DescribeServices"),
)

# By service: the errors of throttling and of a failure within, each with its HTTP status.
_ERRORS: dict[str, tuple[tuple[str, int], ...]] = {
    "dynamodb": (("ProvisionedThroughputExceededException", 400), ("ThrottlingException", 400), ("InternalServerError", 500)),
    "ssm": (("ThrottlingException", 400), ("InternalServerError", 500)),
    "cloudwatch": (("Throttling", 400), ("InternalServiceFault", 500)),
    "cloudtrail": (("ThrottlingException", 400), ("InternalFailure", 500)),
    "sns": (("Throttled", 429), ("InternalError", 500)),
    "lambda": (("TooManyRequestsException", 429), ("ServiceException", 500)),
    "ec2": (("RequestLimitExceeded", 503), ("InternalError", 500)),
    "ecs": (("ThrottlingException", 400), ("ServerException", 500)),
    # As the integrations of Step Functions name what they could not classify.
    "sqs": (("AmazonSQSException", 500),),
    "states": (("AWSStepFunctionsException", 500),),
}


def faults_of(seed: int, number: int, kind: str) -> list[PlannedFault]:
    """The faults of the incident with this number; none for a part of them, as a control."""
    draw = random.Random(f"{seed}:{number}:{kind}")
    points = [point for point in POINTS if not point.kinds or kind in point.kinds]
    chosen = draw.choices(points, [point.weight for point in points], k=draw.randint(0, _MOST_FAULTS))
    return [_planned(draw, point) for point in dict.fromkeys(chosen)]


def start_faults(seed: int, incidents: int) -> list[dict[str, Any]]:
    """Of the incidents' starts, those that fail, by their number in the run: no text of such a call is known before."""
    draw = random.Random(f"{seed}:starts")
    return [
        {"action": "states:StartExecution", "caller": INTAKE, "skip": skip, "times": draw.choice((1, 2, 5))}
        | _error(draw, "states")
        | ({"is_after": True} if draw.random() < 0.5 else {})
        for skip in range(incidents)
        if draw.random() < 0.1
    ]


def _planned(draw: random.Random, point: Point) -> PlannedFault:
    description: dict[str, Any] = {"action": point.action, "caller": point.caller, "times": draw.choice(_TIMES)}
    description["skip"] = draw.randint(0, point.furthest)
    if point.resource:
        description["contains"] = [point.resource]
    way = draw.choices(("error", "kill", "slow"), (5, 3 if point.can_kill else 0, 2))[0]
    if way == "slow":
        description |= {"delay_seconds": draw.randint(1, _SLOWEST_SECONDS), "times": min(description["times"], 3)}
        return PlannedFault(point.about, description)
    if draw.random() < 0.4:
        description["is_after"] = True
    if way == "kill":
        description |= {"kills": True, "times": min(description["times"], 6)}
    else:
        description |= _error(draw, point.action.partition(":")[0])
    return PlannedFault(point.about, description)


def _error(draw: random.Random, service: str) -> dict[str, Any]:
    error, status = draw.choice(_ERRORS[service])
    return {"error": error, "status": status}
