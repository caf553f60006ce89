"""What has to hold of each incident, whatever failed meanwhile. Pure: facts in, violations out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from targets import BROKEN, GOOD

# Outcomes of an event that leave no incident behind.
_WITHOUT_INCIDENT = frozenset({"ignored", "rejected", "suppressed"})


@dataclass(frozen=True)
class Ended:
    """One incident as it was found at the end."""

    incident_id: str
    execution: str
    """Status of its execution; `NONE` where there is none."""
    status: str
    resolution: str | None
    reason: str
    waits_for: str | None
    """The hash of the plan that waits for a person."""
    told: frozenset[str]
    """The occasions of the messages that were delivered about it."""


@dataclass(frozen=True)
class Automation:
    document: str
    plan: str
    """Its PlanHash; where a document has none, all its parameters."""
    execution_id: str
    started: float = 0.0
    """In seconds since the epoch, as `ended`."""
    ended: float = 0.0


@dataclass(frozen=True)
class Facts:
    """All about one broken target."""

    number: int
    outcomes: dict[str, str | None]
    """By event: how the intake recorded it; None where it did not."""
    incidents: tuple[Ended, ...]
    state: str
    automations: tuple[Automation, ...] = ()
    changes: int = 0
    """Calls by automations that changed the target, as its own service or CloudTrail counts them."""
    faults: tuple[str, ...] = field(default=(), compare=False)


def violations(facts: Facts) -> list[str]:
    checks = (lost, doubled, at_once, silent, left_worse, untrue)
    return [f"{check.__name__}: {found}" for check in checks for found in check(facts)]


def lost(facts: Facts) -> Iterator[str]:
    """Each event has exactly one outcome, and each that belongs to an incident belongs to one that exists."""
    for event, outcome in facts.outcomes.items():
        if outcome is None:
            yield f"event {event} has no outcome"
    with_incident = [one for one in facts.outcomes.values() if one and one not in _WITHOUT_INCIDENT]
    if with_incident and not facts.incidents:
        yield "its events have an incident that does not exist"
    opened = sum(outcome == "opened" for outcome in facts.outcomes.values())
    if opened != len(facts.incidents):
        yield f"{opened} events opened an incident, {len(facts.incidents)} incidents are there"


def doubled(facts: Facts) -> Iterator[str]:
    """A plan has at most one automation, and an automation changes its target at most once."""
    for (document, plan), count in Counter((one.document, one.plan) for one in facts.automations).items():
        if count > 1:
            yield f"{count} automations of {document} for the plan {plan[:12]}"
    if facts.changes > len(facts.automations):
        yield f"{facts.changes} changes by {len(facts.automations)} automations"


def at_once(facts: Facts) -> Iterator[str]:
    """One hand on a target at a time: no automation starts before the one before it has ended."""
    in_order = sorted(facts.automations, key=lambda one: one.started)
    for one, other in pairwise(in_order):
        if other.started < one.ended:
            yield f"{other.document} started {one.ended - other.started:.1f} s before {one.document} ended"


def silent(facts: Facts) -> Iterator[str]:
    """Each incident has ended with a message delivered, or waits for a person who was told."""
    return filter(None, map(silence_of, facts.incidents))


def silence_of(one: Ended) -> str | None:
    """Why nobody knows of it; None where somebody does."""
    if one.waits_for:
        return None if "approval" in one.told else f"{one.incident_id} waits for a person who was not told"
    if one.resolution is None:
        return f"{one.incident_id} did not end: it is {one.status}, its execution {one.execution}; told: {_list(one.told)}"
    return None if one.told & {"resolved", "escalated"} else f"{one.incident_id} ended {one.resolution} and nobody was told"


def left_worse(facts: Facts) -> Iterator[str]:
    if facts.state not in (GOOD, BROKEN):
        yield f"the target is neither good nor as it was found: {facts.state}"


def untrue(facts: Facts) -> Iterator[str]:
    """Nobody is told of a recovery that was none."""
    for one in facts.incidents:
        if one.resolution in ("by_nightshift", "by_itself") and facts.state != GOOD:
            yield f"{one.incident_id} is resolved {one.resolution}, and the target is {facts.state}"


def _list(texts: frozenset[str]) -> str:
    return ", ".join(sorted(texts)) or "nothing"
