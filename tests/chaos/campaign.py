"""Lives through incidents side by side, each with the faults that the seed drew for it, and reads what became of them."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from account import Account, set_up
from botocore.exceptions import ClientError
from decider import Decider
from demo.nightshift import Audit
from demo.waiting import TookTooLong, wait_for
from fault_plan import PlannedFault, faults_of, start_faults
from invariants import Facts, silence_of, violations
from pulse import Pulse
from targets import KINDS, Target

# Between its deadline of 40 s, two attempts and the waits of every retry.
_ENDS_WITHIN_SECONDS = 180.0
_TAKEN_IN_WITHIN_SECONDS = 100.0
_REDRIVEN_WITHIN_SECONDS = 60.0
# Incidents start so much later, so that the faults of one that was just opened are in force when its machine begins.
_START_TAKES_SECONDS = 2.0
# Instances and services cost the local AWS least; alarms have to be watched.
_KINDS = ("instance", "instance", "parameter", "alias", "service")
_SHARED = 0.25


@dataclass
class Lived:
    number: int
    target: Target
    planned: list[PlannedFault]
    events: list[str] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    """How many calls met each fault."""
    took_seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Report:
    seed: int
    facts: list[Facts]
    violations: dict[int, list[str]]
    audit: Audit
    faults_met: int
    calls_met: int
    redriven: int
    swept: int
    """Incidents that only the sweep ended."""
    took_seconds: float

    @property
    def has_passed(self) -> bool:
        return not self.violations and self.audit.is_intact


def kind_of(seed: int, number: int) -> str:
    """Each kind comes soon, in the same order for the same seed."""
    order = list(_KINDS)
    random.Random(f"{seed}:kinds:{number // len(order)}").shuffle(order)
    return order[number % len(order)]


def signals_of(seed: int, number: int) -> int:
    """Most targets have one event; some have two, with alarms from two alarms, so that two incidents share the target."""
    return 2 if random.Random(f"{seed}:signals:{number}").random() < _SHARED else 1


def run(seed: int, incidents: int, at_once: int, say: Callable[[str], None]) -> Report:
    began = time.monotonic()
    with set_up() as account, Pulse(account.aws) as pulse, ExitStack() as faults:
        say(f"local AWS and Nightshift are up after {time.monotonic() - began:.0f} s")
        starts = [faults.enter_context(account.aws.fault(**one)) for one in start_faults(seed, incidents)]
        faults.enter_context(account.aws.fault("states:StartExecution", delay_seconds=_START_TAKES_SECONDS))
        with Decider(account, seed) as decider, ThreadPoolExecutor(at_once) as pool:
            progress = _Progress(incidents, say)
            live = partial(_live, account, pulse, decider, seed)
            lived = list(pool.map(lambda number: progress.done(live(number)), range(incidents)))
            met_by_starts = [one.met for one in starts]
            faults.close()
            redriven = _settle(account, lived, say)
        audit = account.nightshift.verify_audit()
        swept = _sweep(account, lived, say)
        facts = _facts(account, lived)
        found = {one.number: problems for one in facts if (problems := violations(one))}
        for one in lived:
            if one.problem:
                found.setdefault(one.number, []).append(f"campaign: {one.problem}")
        met = [*met_by_starts, *(count for one in lived for count in one.met.values())]
        took = time.monotonic() - began
        return Report(seed, facts, found, audit, sum(map(bool, met)), sum(met), redriven, swept, took)


def _live(account: Account, pulse: Pulse, decider: Decider, seed: int, number: int) -> Lived:
    kind = kind_of(seed, number)
    target = KINDS[kind](account.aws, f"chaos-{number:04}")
    lived = Lived(number, target, faults_of(seed, number, kind))
    began = time.monotonic()
    try:
        target.create()
        account.let_act_unattended(target.application)
        with pulse.watching(target), ExitStack() as faults:
            target.break_as(account.person)
            events = target.events(signals_of(seed, number))
            bind = partial(_bind, account, faults, lived)
            bind("target", target.name)
            bind("application", target.application)
            for event in events:
                lived.events.append(account.send(event))
                bind("event", lived.events[-1])
            ids = _taken_in(account, lived.events)
            for incident_id in ids:
                bind("incident", incident_id)
                decider.watch(number, incident_id)
            wait_for(
                f"the incidents of {target.name} to end",
                lambda: all(account.has_ended(one) for one in ids),
                _ENDS_WITHIN_SECONDS,
            )
    except TookTooLong as late:
        # Once the event is sent, the invariants say whether that is a fault: they are checked when all faults are over.
        lived.problem = "" if lived.events else str(late)
    except (ClientError, RuntimeError) as error:
        lived.problem = f"{type(error).__name__}: {error}"
    lived.took_seconds = time.monotonic() - began
    return lived


def _bind(account: Account, faults: ExitStack, lived: Lived, about: str, text: str) -> None:
    """Puts the faults into force that are about this text, and counts at their end how many calls met them."""
    for planned in lived.planned:
        if planned.about == about:
            contains = [*planned.description.get("contains", []), text]
            fault = faults.enter_context(account.aws.fault(**planned.description | {"contains": contains}))
            name = f"{planned} ({text})"
            faults.callback(lambda fault=fault, name=name: lived.met.__setitem__(name, fault.met))


def _taken_in(account: Account, events: list[str]) -> list[str]:
    """Waits until each event has an outcome; the incidents' ids, so far as there are any."""

    def records() -> list[dict] | None:
        found = [account.event_record(event) for event in events]
        return found if all(found) else None

    found = wait_for("a record of each event", records, _TAKEN_IN_WITHIN_SECONDS)
    return sorted({one["incident_id"] for one in found if one.get("incident_id")})


def _settle(account: Account, lived: list[Lived], say: Callable[[str], None]) -> int:
    """Nothing fails any more: gives the intake again what it could not take in, and lets everything end."""
    redriven = account.redrive()
    say(f"faults are over; {redriven} events from the dead letter queue are given to the intake again")
    deadline = time.monotonic() + _REDRIVEN_WITHIN_SECONDS
    while time.monotonic() < deadline:
        events = [event for one in lived for event in one.events]
        if all(map(account.event_record, events)) and all(map(account.has_ended, _incidents(account, lived))):
            break
        time.sleep(1.0)
    return redriven


def _sweep(account: Account, lived: list[Lived], say: Callable[[str], None]) -> int:
    """Lets the sweep do its work on what did not end by itself or was not told; how many there were."""
    stuck = [incident_id for incident_id in _incidents(account, lived) if silence_of(account.ended(incident_id))]
    if stuck:
        for incident_id in stuck:
            account.age(incident_id)
        say(f"{len(stuck)} incidents did not end or were not told; the sweep: {account.sweep()}")
        try:
            wait_for("what the sweep started to end", lambda: all(map(account.has_ended, stuck)), _REDRIVEN_WITHIN_SECONDS)
        except TookTooLong:
            say("what the sweep started did not end")
    return len(stuck)


def _incidents(account: Account, lived: list[Lived]) -> set[str]:
    records = [account.event_record(event) for one in lived for event in one.events]
    return {record["incident_id"] for record in records if record and record.get("incident_id")}


def _facts(account: Account, lived: list[Lived]) -> list[Facts]:
    automations, changes = account.automations(), account.changes_by_automations()
    return [_facts_of(account, one, automations, changes) for one in lived]


def _facts_of(account: Account, lived: Lived, automations: list, changes: list[str]) -> Facts:
    records = {event: account.event_record(event) for event in lived.events}
    ids = sorted({record["incident_id"] for record in records.values() if record and record.get("incident_id")})
    name = lived.target.name
    return Facts(
        lived.number,
        {event: record["outcome"] if record else None for event, record in records.items()},
        tuple(account.ended(one) for one in ids),
        lived.target.state(),
        tuple(automation for automation, parameters in automations if name in parameters),
        # CloudTrail says that a call failed of which only the answer was lost.
        max(sum(name in change for change in changes), lived.target.changes()),
        tuple(f"{fault}: met {count} times" for fault, count in lived.met.items()),
    )


class _Progress:
    def __init__(self, incidents: int, say: Callable[[str], None]):
        self._incidents, self._say = incidents, say
        self._done, self._lock, self._began = 0, threading.Lock(), time.monotonic()

    def done(self, lived: Lived) -> Lived:
        with self._lock:
            self._done += 1
            met = sum(map(bool, lived.met.values()))
            self._say(
                f"{self._done:3} of {self._incidents} after {time.monotonic() - self._began:4.0f} s: incident {lived.number:3} "
                f"({lived.target.kind}) lived {lived.took_seconds:3.0f} s, {met} of {len(lived.planned)} faults met it"
                + (f"; {lived.problem}" if lived.problem else "")
            )
        return lived
