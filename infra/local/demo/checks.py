"""Checks that an incident ended as expected."""

from demo.incident import Incident
from demo.result import Result
from demo.stage import Stage


def check(stage: Stage, incident: Incident, result: Result, since: float, automations: int) -> None:
    """Reads every result back from the account; `since` and `automations` were taken before the breakage."""
    outcome = stage.nightshift.incident(result.incident_id).get("outcome") or {}
    result.resolution, result.reason = outcome.get("resolution", "none"), outcome.get("reason", "")
    result.after = incident.current_state(stage)
    result.suspects = stage.nightshift.suspects(result.incident_id)
    result.call_path = result.suspects[0].path if incident.path and result.suspects else ()
    result.second_opinion = stage.nightshift.second_opinion(result.incident_id)
    if result.resolution != incident.resolution:
        result.failures.append(f"the incident ended as {result.resolution}, expected {incident.resolution}: {result.reason}")
    _check_second_opinion(incident, result)
    started = stage.nightshift.automations() - automations
    result.writes = stage.trail.writes_by_nightshift(since)
    _check_second_alarm(result)
    if not incident.is_restoring_expected:
        _check_untouched(result, started)
        _check_denied(incident, result)
    else:
        _check_restored(stage, incident, result, started)


def _check_second_opinion(incident: Incident, result: Result) -> None:
    opinion = result.second_opinion
    if incident.asks_model and not (opinion and opinion.requests and opinion.answered_by):
        result.failures.append(f"expected a model to be asked, got {opinion}")
    if opinion and incident.asks_model is False:
        result.failures.append(f"expected no model to be asked, got {opinion}")


def _check_second_alarm(result: Result) -> None:
    second = result.second_alarm
    if second and (second.resolution, second.actions) != ("by_itself", 0):
        result.failures.append(f"expected the second alarm's incident to recover without an action, got {second}")


def _check_untouched(result: Result, started: int) -> None:
    if started or result.writes:
        changes = ", ".join(map(str, result.writes)) or "none"
        result.failures.append(f"expected no automation and no write, got {started} automations; writes: {changes}")
    if result.after != result.broken:
        result.failures.append(f"the account changed from {result.broken} to {result.after}")


def _check_denied(incident: Incident, result: Result) -> None:
    decisions = [verdict.decision for verdict in result.verdicts]
    if incident.first_decision and (decisions != [incident.first_decision] or not result.denied_by):
        result.failures.append(f"expected the verdict ask, and somebody's no; got {decisions}, denied by {result.denied_by}")


def _check_restored(stage: Stage, incident: Incident, result: Result, started: int) -> None:
    must = result.failures.append
    if result.broken_by and result.broken_by.event_id not in stage.nightshift.changes_found(result.incident_id):
        must(f"the evidence lacks the change that caused the incident: {result.broken_by}")
    if incident.path and (not result.suspects or result.suspects[0].path != incident.path):
        must(f"expected the engine's call path {' → '.join(incident.path)}, got {result.suspects}")
    if not incident.is_restored(stage):
        must(f"the resource is not restored: {result.after}")
    if not result.verdicts or result.verdicts[0].decision != incident.first_decision:
        must(f"expected the first verdict {incident.first_decision}, got {result.verdicts}")
    if not all(verdict.policies for verdict in result.verdicts):
        must(f"a verdict names no policy: {result.verdicts}")
    expected = 2 if incident.is_undone else 1
    if started != expected:
        must(f"expected {expected} automations, got {started}")
    if incident.is_undone and not result.approved_by:
        must("an undo that returns to what was diagnosed as the fault ran without anybody's approval")
