"""Checks that an incident ended as expected."""

from demo.incident import Incident
from demo.result import Result
from demo.stage import Stage


def check(stage: Stage, incident: Incident, result: Result, since: float, automations: int) -> None:
    """Reads everything back from where it is kept; `since` and `automations` are from before it broke."""
    outcome = stage.nightshift.incident(result.incident_id).get("outcome") or {}
    result.resolution, result.reason = outcome.get("resolution", "none"), outcome.get("reason", "")
    result.after = incident.look(stage)
    result.suspects = stage.nightshift.suspects(result.incident_id)
    result.followed = result.suspects[0].path if incident.path and result.suspects else ()
    result.second_opinion = stage.nightshift.second_opinion(result.incident_id)
    if result.resolution != incident.resolution:
        result.failures.append(f"the incident ended {result.resolution}, not {incident.resolution}: {result.reason}")
    _check_second_opinion(incident, result)
    started = stage.nightshift.automations() - automations
    result.writes = stage.trail.writes_by_nightshift(since)
    if incident.first_decision is None:
        _check_untouched(result, started)
    else:
        _check_mended(stage, incident, result, started)


def _check_second_opinion(incident: Incident, result: Result) -> None:
    opinion = result.second_opinion
    if incident.asks_model and not (opinion and opinion.requests and opinion.answered_by):
        result.failures.append(f"a model should have been asked: {opinion}")
    if opinion and not incident.asks_model:
        result.failures.append(f"no model should have been asked: {opinion}")


def _check_untouched(result: Result, started: int) -> None:
    if started or result.writes:
        changes = ", ".join(map(str, result.writes)) or "none"
        result.failures.append(f"it should have touched nothing; automations: {started}; writes: {changes}")
    if result.after != result.broken:
        result.failures.append(f"the account changed from {result.broken} to {result.after}")


def _check_mended(stage: Stage, incident: Incident, result: Result, started: int) -> None:
    must = result.failures.append
    if result.broken_by and result.broken_by.event_id not in stage.nightshift.changes_found(result.incident_id):
        must(f"the change that broke it is not among the evidence: {result.broken_by}")
    if incident.path and (not result.suspects or result.suspects[0].path != incident.path):
        must(f"the engine should have followed {' → '.join(incident.path)}: {result.suspects}")
    if not incident.is_mended(stage):
        must(f"the resource is not as it was: {result.after}")
    if not result.verdicts or result.verdicts[0].decision != incident.first_decision:
        must(f"the first verdict should have been {incident.first_decision}: {result.verdicts}")
    if not all(verdict.policies for verdict in result.verdicts):
        must(f"a verdict names no policy: {result.verdicts}")
    if started != 1:
        must(f"automations started: {started}, not 1")
