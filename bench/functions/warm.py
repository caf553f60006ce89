"""Warm handler time and calls of each function, invoked by our own Runtime API against the local AWS.

Every case gets inputs that make the function do its work and not find it done: one incident for each invocation, opened
from the same alarm, with what its deployed form has in its environment.
"""

import copy
import hashlib
import json
import statistics
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.incidents.parameter_overwritten import ParameterOverwritten
from functions.function_process import started, wait_until_ready
from functions.runtime_api import FunctionFailed, RuntimeApi
from incident import dynamodb_units
from incident.live_stage import Live
from loopback.counting_proxy import Call, CountingProxy, seconds_waited

INVOCATIONS = 100
Json = dict[str, Any]


@dataclass(frozen=True)
class Invocation:
    seconds: float
    own_seconds: float
    """Without the time in which it waited for the local AWS."""
    calls: tuple[Call, ...]
    output: Json


@dataclass(frozen=True)
class WarmCase:
    function: str
    what: str
    invocations: tuple[Invocation, ...]

    @property
    def median_seconds(self) -> float:
        return statistics.median(one.seconds for one in self.invocations)

    @property
    def p95_seconds(self) -> float:
        return statistics.quantiles((one.seconds for one in self.invocations), n=20)[-1]

    @property
    def median_own_seconds(self) -> float:
        return statistics.median(one.own_seconds for one in self.invocations)

    @property
    def results(self) -> Counter[str]:
        return Counter(one.output["result"] for one in self.invocations)

    @property
    def reads(self) -> float:
        return self._mean(dynamodb_units.is_read)

    @property
    def writes(self) -> float:
        return self._mean(dynamodb_units.is_write)

    @property
    def other_calls(self) -> dict[str, float]:
        """To other services, by operation, per invocation."""
        others = Counter(str(call) for one in self.invocations for call in one.calls if call.service != "dynamodb")
        return {name: times / len(self.invocations) for name, times in others.items()}

    def _mean(self, is_counted) -> float:
        counted = sum(is_counted(call) for one in self.invocations for call in one.calls)
        return counted / len(self.invocations)


def measure(live: Live, bootstraps: Path, invocations: int = INVOCATIONS) -> Iterator[WarmCase]:
    """One case after the other, in the order of an event's way."""
    incident = ParameterOverwritten()
    incident.break_it(live.stage)
    event = incident.event(live.stage)
    with ExitStack() as cleanup:
        functions = {name: cleanup.enter_context(_Running(live, name, bootstraps)) for name in live.proxies}

        def case(function: str, what: str, inputs: Iterable[Json]) -> WarmCase:
            runner = functions[function]
            return WarmCase(function, what, tuple(runner.invoke(one) for one in inputs))

        def opened_and_diagnosed(signals: list[Json]) -> list[str]:
            opened = [functions["dedup"].invoke({"signal": signal}).output["incident_id"] for signal in signals]
            for id_ in opened:
                functions["diagnose"].invoke({"incident_id": id_, "attempt": 1})
            return opened

        taken_in = case("ingest", "an alarm", [event] * invocations)
        yield taken_in
        signals = _signals(taken_in.invocations[0].output["signal"], 2 * invocations)
        signals, of_others = signals[:invocations], signals[invocations:]
        opened = case("dedup", "opens an incident", [{"signal": signal} for signal in signals])
        yield opened
        yield case("dedup", "attaches an event", [{"signal": _retold(signals[0])} for _ in signals])
        yield case("dedup", "has had the event", [{"signal": signals[0]} for _ in signals])
        ids = [one.output["incident_id"] for one in opened.invocations]
        yield case("diagnose", "finds the change", [{"incident_id": id_, "attempt": 1} for id_ in ids])
        authorizations = [{"step": "authorize", "incident_id": id_, "attempt": 1} for id_ in ids]
        yield case("remediate", "asks the policy", authorizations)
        # An incident that waits for a human can't be verified: these are others.
        requests = [_approval_request(id_) for id_ in opened_and_diagnosed(of_others)]
        yield case("approve", "records a request", requests)
        yield case("verify", "looks once", [{"incident_id": id_, "attempt": 1} for id_ in ids])
        escalations = [{"occasion": "escalated", "incident_id": id_, "reason": "a benchmark"} for id_ in ids]
        yield case("notify", "hands over", escalations)


class _Running:
    """One function, started and warm, between our Runtime API and a counting proxy."""

    def __init__(self, live: Live, name: str, bootstraps: Path):
        self._api = RuntimeApi()
        self._proxy = CountingProxy(live.stage.aws.endpoint)
        self._name = name
        self._command = [str(bootstraps / name)]
        self._deployed = live.configuration(name)["Environment"]["Variables"]
        self._account = live.stage.aws.environment()
        self._cleanup = ExitStack()

    def __enter__(self) -> "_Running":
        with ExitStack() as cleanup:
            cleanup.enter_context(self._api)
            cleanup.enter_context(self._proxy)
            # All of what it has when deployed, but for the way to the proxy that is there.
            deployed = {key: value for key, value in self._deployed.items() if not key.startswith("AWS_ENDPOINT_URL")}
            environment = self._account | deployed | {"AWS_ENDPOINT_URL": self._proxy.endpoint}
            process = cleanup.enter_context(started(self._command, self._api, environment))
            wait_until_ready(self._api, process, self._command)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *error) -> None:
        self._cleanup.__exit__(*error)

    def invoke(self, document: Json) -> Invocation:
        self._proxy.take()
        answer = self._api.invoke(json.dumps(document).encode())
        calls = self._proxy.take()
        output = json.loads(answer.body)
        if answer.is_error:
            raise FunctionFailed(f"{self._name} answered {json.dumps(document)[:200]} with {output}")
        return Invocation(answer.seconds, answer.seconds - seconds_waited(calls), tuple(calls), output)


def _signals(signal: Json, count: int) -> list[Json]:
    """Each of another event and of another problem."""
    made = []
    for number in range(count):
        one = copy.deepcopy(signal)
        one["event_id"] = str(uuid.uuid4())
        digest = hashlib.sha256(f"{signal['fingerprint']}/{number}".encode()).hexdigest()
        one["fingerprint"] = digest[: len(signal["fingerprint"])]
        made.append(one)
    return made


def _approval_request(incident_id: str) -> Json:
    """The function records what it is asked; it has no need of the plan."""
    plan_hash = hashlib.sha256(incident_id.encode()).hexdigest()
    return {"step": "request", "incident_id": incident_id, "plan_hash": plan_hash, "task_token": str(uuid.uuid4())}


def _retold(signal: Json) -> Json:
    """The same problem, told by another event."""
    return signal | {"event_id": str(uuid.uuid4())}
