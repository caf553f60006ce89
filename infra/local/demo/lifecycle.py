"""Runs one incident from beginning to end: causes it, sends the event, follows the execution, checks the result."""

import time

from demo.checks import check
from demo.event_documents import Event
from demo.incident import Incident
from demo.nightshift import CliFailed, Entry
from demo.result import Action, Result, SecondAlarm, Verdict
from demo.stage import Stage
from demo.state_path import is_news
from demo.waiting import POLL_SECONDS, TookTooLong, wait_for

# The longest waits until the deadline of verification for a symptom that stays.
_ENDED_WITHIN_SECONDS = 180.0


def run_incident(stage: Stage, incident: Incident) -> Result:
    """Runs the incident. Never raises if it ends otherwise than expected: `Result.failures` says so."""
    result = Result(incident.title, is_restoring_expected=incident.is_restoring_expected, is_undone=incident.is_undone)
    since = stage.now()
    automations = stage.nightshift.automations()
    result.before = incident.current_state(stage)
    stage.narrator.before(result.before)
    try:
        incident.break_it(stage)
        if incident.broken_by_api:
            result.broken_by = stage.trail.wait_for_call("alice", incident.broken_by_api, since)
            stage.narrator.broken_by(result.broken_by)
        event = incident.event(stage)
        result.broken = incident.current_state(stage)
        stage.narrator.detail("now", result.broken)
        with stage.aws.settings(automation_step_seconds=incident.step_seconds):
            _follow(stage, incident, event, result)
        check(stage, incident, result, since, automations)
    except (TookTooLong, CliFailed) as failure:
        result.failures.append(str(failure))
    finally:
        result.after = result.after or incident.current_state(stage)
        incident.clean_up(stage)
    return result


def _follow(stage: Stage, incident: Incident, event: Event, result: Result) -> None:
    """Narrates the incident as it happens, until the execution has ended and on-call was notified."""
    sent_at = time.monotonic()
    result.incident_id = stage.nightshift.drill(event)
    stage.narrator.detail("event", f"{event['detail-type']} sent as a drill: incident {result.incident_id}")
    entries: list[Entry] = []
    answered = False
    second: SecondAlarm | None = None
    deadline = sent_at + _ENDED_WITHIN_SECONDS
    while True:
        # Read before the history: once the status is final, the history is complete.
        execution = stage.nightshift.execution(result.incident_id)
        seconds = time.monotonic() - sent_at
        for name in stage.nightshift.states(result.incident_id)[len(result.states) :]:
            result.states.append(name)
            if is_news(result.states, len(result.states) - 1):
                stage.narrator.state(seconds, name)
        for entry in stage.nightshift.timeline(result.incident_id)[len(entries) :]:
            entries.append(entry)
            stage.narrator.record(entry)
        # What is undone ends as it was before the action.
        has_acted = not incident.is_undone or [entry.kind for entry in entries].count("action_ended") > 1
        if result.restored_after_seconds is None and has_acted and incident.is_restored(stage):
            result.restored_after_seconds = seconds
        if not answered and (plan_hash := stage.nightshift.plan_to_approve(result.incident_id)):
            answer = stage.nightshift.approve if incident.answer == "approve" else stage.nightshift.deny
            answer(result.incident_id, plan_hash)
            answered = True
            shown = f"nightshift {incident.answer} {result.incident_id} --plan {plan_hash[:12]}…, by oncall"
            stage.narrator.detail("answered", shown)
        # While the first one is being acted on: before that, either of the two could be the one that acts.
        if second is None and any(entry.kind == "action_intended" for entry in entries):
            second = result.second_alarm = _second_alarm(stage, incident)
        if execution.has_ended:
            break
        if time.monotonic() > deadline:
            raise TookTooLong(f"incident {result.incident_id} had not ended after {_ENDED_WITHIN_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    if execution.status != "SUCCEEDED":
        result.failures.append(f"the execution {execution.status}, {execution.why}")
    _read_ledger(result, entries)
    _wait_for_notification(stage, incident, result, sent_at, answered)
    if second:
        _wait_for_second(stage, second)


def _second_alarm(stage: Stage, incident: Incident) -> SecondAlarm | None:
    event = incident.second_event(stage)
    if event is None:
        return None
    second = SecondAlarm(event["detail"]["alarmName"], stage.nightshift.drill(event))
    stage.narrator.detail("second", f"{second.alarm} sent as a drill: incident {second.incident_id}")
    return second


def _wait_for_second(stage: Stage, second: SecondAlarm) -> None:
    """Raises `TookTooLong`."""
    what = f"incident {second.incident_id} of the second alarm to end"
    wait_for(what, lambda: stage.nightshift.execution(second.incident_id).has_ended, _ENDED_WITHIN_SECONDS)
    outcome = stage.nightshift.incident(second.incident_id).get("outcome") or {}
    second.resolution, second.reason = outcome.get("resolution", "none"), outcome.get("reason", "")
    kinds = [entry.kind for entry in stage.nightshift.timeline(second.incident_id)]
    second.actions = kinds.count("action_intended")


def _wait_for_notification(stage: Stage, incident: Incident, result: Result, sent_at: float, answered: bool) -> None:
    try:
        result.notification = stage.inbox.wait_for(result.incident_id, incident.final_message)
        result.notified_after_seconds = time.monotonic() - sent_at
        if answered:
            # The request for approval has to have been sent too.
            stage.inbox.wait_for(result.incident_id, "approval needed")
    except TookTooLong as missing:
        # Not the end: the incident's outcome is still read, and says why.
        result.failures.append(str(missing))


def _read_ledger(result: Result, entries: list[Entry]) -> None:
    started = [entry.content["action"] for entry in entries if entry.kind == "action_intended"]
    ended = [entry.content["status"] for entry in entries if entry.kind == "action_ended"]
    result.actions = [Action(action, status) for action, status in zip(started, ended, strict=False)]
    for entry in entries:
        if entry.kind == "diagnosed":
            result.cause = entry.content["summary"]
        elif entry.kind == "judged":
            result.verdicts.append(_verdict(entry))
        elif entry.kind == "approval_given":
            result.approved_by = entry.content["by"].rpartition("/")[2]
        elif entry.kind == "approval_refused":
            result.denied_by = entry.content["by"].rpartition("/")[2]


def _verdict(entry: Entry) -> Verdict:
    verdict = entry.content["verdict"]
    return Verdict(verdict["decision"], entry.content["action"], [policy["id"] for policy in verdict["policies"]])
