"""One whole incident on the local AWS, restored automatically, and what it used."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from demo.incidents.parameter_overwritten import ParameterOverwritten
from demo.waiting import wait_for
from incident import dynamodb_units
from incident.incident_cost import Usage
from incident.live_stage import Live
from loopback.counting_proxy import Call

_OPENED_WITHIN_SECONDS = 20.0
_ENDED_WITHIN_SECONDS = 120.0
_SETTLED_WITHIN_SECONDS = 10.0
# The attribute by which the table's index lists incidents.
_INDEXED_ATTRIBUTE = "listing"
_REPORT = re.compile(r"Billed Duration: (\d+(?:\.\d+)?) ms\s+Memory Size: (\d+) MB")


class IncidentFailed(Exception):
    """The incident did not end as it must, so that its figures would mean nothing."""


@dataclass(frozen=True)
class History:
    """An execution's history, as far as it is of interest here."""

    states: tuple[str, ...]
    retries: int
    waited_seconds: float
    notified_at: float
    """Unix time of the end of the state that told a human."""


@dataclass(frozen=True)
class IncidentRun:
    incident_id: str
    history: History
    event_to_notification_seconds: float
    usage: Usage
    look: Usage
    """Of one more look by `verify`, with the wait before it: the mean over the run's."""

    @property
    def seconds_without_waits(self) -> float:
        return self.event_to_notification_seconds - self.history.waited_seconds


def live_through(live: Live) -> tuple[IncidentRun, dict[str, Any]]:
    """Also the event that began it."""
    incident = ParameterOverwritten()
    incident.break_it(live.stage)
    event = incident.event(live.stage)
    before = _Mark.of(live)
    live.take_calls()
    sent_at = time.time()
    incident_id = opened(live, event)
    described = wait_for("the incident's end", lambda: _ended(live, incident_id), _ENDED_WITHIN_SECONDS)
    if described["status"] != "SUCCEEDED" or not incident.is_mended(live.stage):
        raise IncidentFailed(f"incident {incident_id} ended {described['status']}, and {incident.look(live.stage)}")
    history = read_history(_events(live, _execution_arn(live, incident_id)))
    calls = live.take_calls()
    run = IncidentRun(
        incident_id,
        history,
        history.notified_at - sent_at,
        _usage(live, history, calls, before),
        _look(live, history, calls["verify"], before),
    )
    return run, event


def read_history(events: list[dict[str, Any]]) -> History:
    entered = [event for event in events if event["type"].endswith("StateEntered")]
    tasks = sum(event["type"] == "TaskStateEntered" for event in events)
    # Both names, because which one a Lambda task has depends on how it is written.
    scheduled = sum(event["type"] in ("TaskScheduled", "LambdaFunctionScheduled") for event in events)
    notified = [
        event["timestamp"].timestamp()
        for event in events
        if event["type"] == "TaskStateExited" and event["stateExitedEventDetails"]["name"] == "NotifyResolved"
    ]
    if not notified:
        names = [event["stateEnteredEventDetails"]["name"] for event in entered]
        raise IncidentFailed(f"nobody was told that the incident is resolved; its states: {', '.join(names)}")
    return History(
        tuple(event["stateEnteredEventDetails"]["name"] for event in entered),
        max(0, scheduled - tasks),
        _waited_seconds(events),
        notified[-1],
    )


def executions(live: Live) -> set[str]:
    """Names of all that were ever started, which are the incidents' ids."""
    client = live.stage.aws.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=live.outputs["IncidentStateMachineArn"])
    return {execution["name"] for page in pages for execution in page["executions"]}


def metrics_requested(call: Call) -> int:
    """GetMetricData is billed by metric."""
    queries = call.request.get("MetricDataQueries", [])
    return sum("MetricStat" in query or "Expression" in query for query in queries)


def billed_seconds_and_gb(line: str) -> tuple[float, float] | None:
    """Of a line by which Lambda reports an invocation."""
    if found := _REPORT.search(line):
        # The local AWS cuts the fraction off; Lambda rounds up.
        return (float(found[1]) + 1) / 1000, int(found[2]) / 1024
    return None


def custom_metrics(lines: list[str]) -> set[tuple[str, ...]]:
    """Each set of dimension values in lines of the embedded metric format is a metric of its own."""
    found = set()
    for line in lines:
        if '"_aws"' not in line:
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for dimensions in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    found.add((directive["Namespace"], metric["Name"], *(document[one] for one in dimensions)))
    return found


@dataclass(frozen=True)
class _Mark:
    """The state before the incident."""

    executions: set[str]
    intakes: set[str]
    automations: set[str]
    log_lines: dict[str, int]

    @staticmethod
    def of(live: Live) -> "_Mark":
        lines = {function: len(written) for function, written in _log_lines(live).items()}
        return _Mark(executions(live), set(_intakes(live)), _automations(live), lines)


def opened(live: Live, event: dict[str, Any]) -> str:
    """Sends it as a drill; the incident's id."""
    before = executions(live)
    _send(live, event)
    return wait_for("an incident", lambda: executions(live) - before, _OPENED_WITHIN_SECONDS).pop()


def _send(live: Live, event: dict[str, Any]) -> None:
    entry = {"Source": "nightshift.drill", "DetailType": "Drill", "Detail": json.dumps({"event": event})}
    refused = live.stage.aws.client("events").put_events(Entries=[entry])["FailedEntryCount"]
    if refused:
        raise IncidentFailed("EventBridge refused the drill")


def start_intake(live: Live, event: dict[str, Any]) -> str:
    """As EventBridge does it for one delivery; the execution's ARN when it has ended."""
    client = live.stage.aws.client("stepfunctions")
    arn = client.start_execution(
        stateMachineArn=live.outputs["IntakeStateMachineArn"], input=json.dumps(event)
    )["executionArn"]

    def ended() -> bool:
        return client.describe_execution(executionArn=arn)["status"] != "RUNNING"

    wait_for(f"the end of the intake {arn}", ended, _SETTLED_WITHIN_SECONDS)
    return arn


def _usage(live: Live, history: History, calls: dict[str, list[Call]], before: _Mark) -> Usage:
    lines = [line for name, written in _log_lines(live).items() for line in written[before.log_lines[name] :]]
    intakes = {arn: seconds for arn, seconds in _intakes(live).items() if arn not in before.intakes}
    of_functions = _usage_of_functions(live, [call for made in calls.values() for call in made], lines)
    return of_functions.plus(
        Usage(
            states_entered=len(history.states),
            retries=history.retries,
            express_executions=len(intakes),
            express_seconds=sum(intakes.values()),
            automation_steps=sum(_steps(live, id_) for id_ in _automations(live) - before.automations),
            custom_metrics=len(custom_metrics(lines)),
            # Every execution of both machines is one trace, its functions' segments included, if all are sampled.
            traces=len(intakes) + 1,
        )
    )


def _look(live: Live, history: History, calls: list[Call], before: _Mark) -> Usage:
    looks = history.states.count("VerifyRecovery")
    lines = _log_lines(live)["verify"][before.log_lines["verify"] :]
    # Looking, judging what was seen, waiting.
    round_trip = Usage(states_entered=3)
    return round_trip.plus(_usage_of_functions(live, calls, lines), 1 / looks)


def _usage_of_functions(live: Live, calls: list[Call], log_lines: list[str]) -> Usage:
    current = _current_items(live)
    reports = [report for line in log_lines if (report := billed_seconds_and_gb(line))]
    writes = [call for call in calls if dynamodb_units.is_write(call)]
    cloudwatch = [call for call in calls if call.service == "monitoring"]
    return Usage(
        invocations=len(reports),
        gb_seconds=sum(seconds * gigabytes for seconds, gigabytes in reports),
        write_units=sum(dynamodb_units.write_units(call, current, _INDEXED_ATTRIBUTE) for call in writes),
        read_units=sum(dynamodb_units.read_units(call) for call in calls if dynamodb_units.is_read(call)),
        publishes=sum(call.service == "sns" and call.operation == "Publish" for call in calls),
        metrics_requested=sum(metrics_requested(call) for call in cloudwatch if call.operation == "GetMetricData"),
        cloudwatch_requests=sum(call.operation != "GetMetricData" for call in cloudwatch),
        log_bytes=sum(len(line.encode()) for line in log_lines),
    )


def _current_items(live: Live):
    client = live.stage.aws.client("dynamodb")

    def current(key: dynamodb_units.Item) -> dynamodb_units.Item | None:
        return client.get_item(TableName=live.outputs["TableName"], Key=key, ConsistentRead=True).get("Item")

    return current


def _ended(live: Live, incident_id: str) -> dict[str, Any] | None:
    client = live.stage.aws.client("stepfunctions")
    described = client.describe_execution(executionArn=_execution_arn(live, incident_id))
    return None if described["status"] == "RUNNING" else described


def _execution_arn(live: Live, incident_id: str) -> str:
    return f"{live.outputs['IncidentStateMachineArn'].replace(':stateMachine:', ':execution:')}:{incident_id}"


def _events(live: Live, execution_arn: str) -> list[dict[str, Any]]:
    client = live.stage.aws.client("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [event for page in pages for event in page["events"]]


def _waited_seconds(events: list[dict[str, Any]]) -> float:
    entered: dict[str, float] = {}
    waited = 0.0
    for event in events:
        at = event["timestamp"].timestamp()
        if event["type"] == "WaitStateEntered":
            entered[event["stateEnteredEventDetails"]["name"]] = at
        elif event["type"] == "WaitStateExited":
            waited += at - entered.pop(event["stateExitedEventDetails"]["name"])
    return waited


def _intakes(live: Live) -> dict[str, float]:
    """The intake's executions that have ended, with their seconds."""
    client = live.stage.aws.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=live.outputs["IntakeStateMachineArn"])
    return {
        execution["executionArn"]: (execution["stopDate"] - execution["startDate"]).total_seconds()
        for page in pages
        for execution in page["executions"]
        if "stopDate" in execution
    }


def _automations(live: Live) -> set[str]:
    pages = live.stage.aws.client("ssm").get_paginator("describe_automation_executions").paginate()
    return {one["AutomationExecutionId"] for page in pages for one in page["AutomationExecutionMetadataList"]}


def _steps(live: Live, automation_id: str) -> int:
    """Those that ran."""
    described = live.stage.aws.client("ssm").get_automation_execution(AutomationExecutionId=automation_id)
    steps = described["AutomationExecution"]["StepExecutions"]
    return sum("ExecutionStartTime" in step for step in steps)


def _log_lines(live: Live) -> dict[str, list[str]]:
    """By function, oldest first."""
    client = live.stage.aws.client("logs")
    lines: dict[str, list[str]] = {}
    for function in live.proxies:
        group = live.configuration(function)["LoggingConfig"]["LogGroup"]
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines[function] = [event["message"] for page in pages for event in page["events"]]
    return lines
