"""Computes an incident's cost: counts of what was used, times list prices. No call is made here."""

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

_PRICES = Path(__file__).parent / "prices.toml"
_EXPRESS_STEP_SECONDS = 0.1
_EXPRESS_CHUNK_GB = 64 / 1024
# `POLL` in crates/verify/src/main.rs; a test holds them together.
VERIFY_POLL_SECONDS = 15

NOT_COUNTED = (
    "EventBridge (events of AWS services are free; a drill's own event is $0.000001)",
    "requests that are free of charge: CloudTrail LookupEvents, Parameter Store (standard), resource tags, and what "
    "describes EC2, ECS and Lambda",
    "KMS requests of the table's encryption (one per five minutes of use, $0.000003 each)",
    "what costs the same without incidents: storage, point-in-time recovery, alarms",
    "the model: there is none in this version",
)


class PriceMissing(Exception):
    """prices.toml has no price for something that was counted."""


@dataclass(frozen=True)
class Prices:
    taken_on: str
    region: str
    dollars: dict[str, float]
    free: dict[str, str]
    unconfirmed: dict[str, str]
    """The part of a price that no source states."""

    def of(self, name: str) -> float:
        if name not in self.dollars:
            raise PriceMissing(f"{_PRICES} has no price named {name}")
        return self.dollars[name]


@dataclass(frozen=True)
class Usage:
    """Of one incident; every figure counted or measured while it ran."""

    states_entered: float = 0
    retries: float = 0
    express_executions: float = 0
    express_seconds: float = 0
    invocations: float = 0
    gb_seconds: float = 0
    write_units: float = 0
    read_units: float = 0
    publishes: float = 0
    automation_steps: float = 0
    metrics_requested: float = 0
    cloudwatch_requests: float = 0
    custom_metrics: float = 0
    log_bytes: float = 0
    traces: float = 0

    def plus(self, other: "Usage", times: float = 1) -> "Usage":
        mine, others = dataclasses.asdict(self), dataclasses.asdict(other)
        return Usage(**{name: mine[name] + times * others[name] for name in mine})

    @property
    def transitions(self) -> float:
        # From the start to the first state, between states, and from the last to the end.
        return self.states_entered + self.retries + 1


@dataclass(frozen=True)
class Component:
    what: str
    quantity: str
    dollars: float
    price: str


def read_prices(path: Path = _PRICES) -> Prices:
    table = tomllib.loads(path.read_text())
    entries = {name: entry for name, entry in table.items() if isinstance(entry, dict)}
    return Prices(
        table["taken_on"],
        table["region"],
        {name: entry["dollars"] for name, entry in entries.items()},
        {name: entry["free"] for name, entry in entries.items() if "free" in entry},
        {name: entry["unconfirmed"] for name, entry in entries.items() if "unconfirmed" in entry},
    )


def components(usage: Usage, prices: Prices) -> list[Component]:
    """The most expensive first."""

    def one(what: str, quantity: float, unit: str, price: str) -> Component:
        return Component(what, f"{quantity:,.6g} {unit}", quantity * prices.of(price), price)

    every = [
        one("Step Functions STANDARD", usage.transitions, "transitions", "standard_transition"),
        one("Step Functions EXPRESS, requests", usage.express_executions, "executions", "express_request"),
        one("Step Functions EXPRESS, duration", express_gb_seconds(usage), "GB-s", "express_gb_second"),
        one("Lambda, requests", usage.invocations, "invocations", "lambda_request"),
        one("Lambda, duration", usage.gb_seconds, "GB-s", "lambda_gb_second"),
        one("DynamoDB, writes", usage.write_units, "request units", "dynamodb_write_unit"),
        one("DynamoDB, reads", usage.read_units, "request units", "dynamodb_read_unit"),
        one("SNS, publishing", usage.publishes, "messages", "sns_publish"),
        one("SNS, to one mailbox", usage.publishes, "e-mails", "sns_email"),
        one("SSM Automation", usage.automation_steps, "steps", "automation_step"),
        one("CloudWatch GetMetricData", usage.metrics_requested, "metrics", "metric_requested"),
        one("CloudWatch, other requests", usage.cloudwatch_requests, "requests", "cloudwatch_request"),
        one("CloudWatch, own metrics for an hour", usage.custom_metrics, "metrics", "custom_metric_hour"),
        one("CloudWatch Logs", usage.log_bytes / 1e9, "GB", "log_gigabyte"),
        one("X-Ray", usage.traces, "traces", "trace_recorded"),
    ]
    return sorted(every, key=lambda component: component.dollars, reverse=True)


def express_gb_seconds(usage: Usage) -> float:
    """Billed in steps of 100 ms, and in one chunk of memory: the machine is small and has no parallel branches."""
    steps = math.ceil(round(usage.express_seconds / _EXPRESS_STEP_SECONDS, 6))
    return steps * _EXPRESS_STEP_SECONDS * _EXPRESS_CHUNK_GB


def looks_more(hold_seconds: float, run_hold_seconds: float) -> float:
    """The number of checks that `verify` makes beyond the run's own, to see a symptom stay gone for `hold_seconds`."""
    return _looks(hold_seconds) - _looks(run_hold_seconds)


def _looks(hold_seconds: float) -> float:
    return math.ceil(hold_seconds / min(VERIFY_POLL_SECONDS, hold_seconds))


def total(every: list[Component], without: tuple[str, ...] = ()) -> float:
    """Of all but those with a price named in `without`."""
    return sum(component.dollars for component in every if component.price not in without)
