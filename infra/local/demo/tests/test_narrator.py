"""The demo's default output is short and has every part of an incident."""

import re

import pytest

from demo import summary
from demo.inbox import Notification
from demo.narrator import Narrator
from demo.nightshift import Audit, Entry, Suspect
from demo.result import Action, Result, SecondAlarm, Verdict
from demo.second_opinion import SecondOpinion
from demo.terminal import WIDTH
from demo.timeline_text import describe
from demo.trail import Call
from demo.verbose_narrator import VerboseNarrator

_MOST_LINES = 80
_AUDIT = Audit(True, "Intact: 83 records of 7 incidents", "incident 01KAG0VJ7G0123456789ABCDEF: record 9 was edited")
_UNTOUCHED = (
    "parameters /petshop/checkout/payment-timeout-seconds 3, /petshop/page-size 1; aliases petshop-checkout 1, petshop-search 1, "
    "petshop-storefront 1, petshop-recommendations 1, petshop-catalogue 1; instance running; web:3"
)
_CHAIN = ("petshop-storefront", "petshop-recommendations", "petshop-catalogue")


def _result(title: str, call: str, cause: str, before: str, broken: str, action: str) -> Result:
    """A resolved incident as `run_incident` records it; `call` is `service:Operation`."""
    service, operation = call.split(":")
    return Result(
        title,
        cause=cause,
        broken_by=Call("0f3c9d1e", operation, f"{service}.amazonaws.com", "alice", None),
        before=before,
        broken=broken,
        after=before,
        states=["Diagnose", "AuthorizeAction", "StartAutomation", "VerifyRecovery", "NotifyResolved", "Resolved"],
        verdicts=[Verdict("allow", action, ["tier-2-unattended"])],
        actions=[Action(action, "Success")],
        resolution="by_nightshift",
        notification=Notification("nightshift-alerts", f"Resolved: {title}", "A line.\n" * 60, "m-1"),
        restored_after_seconds=3.8,
        notified_after_seconds=17.6,
    )


def _incidents() -> list[Result]:
    results = [
        _result(
            "a configuration value is overwritten", "ssm:PutParameter",
            "Parameter /petshop/checkout/payment-timeout-seconds was overwritten (version 2 after 1) by arn:aws:iam::123456789012:user/alice 11 s before "
            "the symptom began.",
            "/petshop/checkout/payment-timeout-seconds = '3', version 1",
            "/petshop/checkout/payment-timeout-seconds = 'thirty', version 2", "restore-parameter",
        ),
        _result(
            "an alias is moved to a broken version; two alarms fire", "lambda:UpdateAlias20150331",
            "Alias live of function petshop-search was moved to version 2 (before: 1) by user alice 9 s before the symptom began.",
            "petshop-search:live is version 1; invocations succeed",
            "petshop-search:live is version 2; invocations fail", "rollback-lambda-alias",
        ),
        _result(
            "a bad task definition is deployed", "ecs:UpdateService",
            "Service petshop-web in cluster petshop was given petshop-web:2 by user alice 3 s before the symptom began, and its "
            "deployment is FAILED.",
            "service petshop-web deploys petshop-web:1: COMPLETED, 2 of 2 tasks running",
            "service petshop-web deploys petshop-web:2: FAILED, 2 of 2 tasks running", "rollback-ecs-service",
        ),
        _result(
            "an instance is stopped for maintenance; on-call denies the start", "ec2:StopInstances",
            "Instance i-0123456789abcdef1 was stopped by user alice 1 s before the symptom began.",
            "instance i-0123456789abcdef1 is running", "instance i-0123456789abcdef1 is stopped", "start-instance",
        ),
        _result(
            "a harmless release gets the blame; its rollback is undone", "lambda:UpdateAlias20150331",
            "Alias live of function petshop-stock was moved to version 2 (before: 1) by user alice 2 s before the symptom began.",
            "petshop-stock:live is version 1", "petshop-stock:live is version 2", "rollback-lambda-alias",
        ),
        Result(
            "an external payment provider goes down",
            cause="No playbook matches what was found, and the engine finds no cause: petshop-checkout and what it calls behave "
            "as usual, and no change is near the time at which the symptom began, so that nothing explains it.",
            before=_UNTOUCHED, broken=_UNTOUCHED, after=_UNTOUCHED,
            resolution="escalated", is_restoring_expected=False, notified_after_seconds=1.6,
            second_opinion=SecondOpinion("five@0123456789ab", "abstained", "nothing", 6, 2, 1_234, 80, 0.01, frozenset({"rules"})),
        ),
        _result(
            "a page fails because of a release two calls downstream", "lambda:UpdateAlias20150331",
            "Alias live of function petshop-catalogue was moved to version 2 (before: 1) by user alice 22 s before the symptom "
            "began.",
            "petshop-storefront recommends 2 pets; petshop-catalogue:live is version 1; /petshop/page-size = '2', version 1",
            "petshop-storefront fails", "rollback-lambda-alias",
        ),
    ]  # fmt: skip
    _, twice, approved, denied, undone, _, downstream = results
    twice.second_alarm = SecondAlarm("petshop-search-failing", "inc-2", "by_itself")
    denied.verdicts, denied.denied_by = [Verdict("ask", "start-instance", ["supervised-asks"])], "oncall"
    denied.actions, denied.restored_after_seconds, denied.is_restoring_expected = [], None, False
    denied.resolution, denied.after = "escalated", denied.broken
    undone.is_undone, undone.after, undone.resolution, undone.approved_by = True, undone.broken, "escalated", "oncall"
    undone.actions *= 2
    approved.verdicts = [Verdict(decision, "rollback-ecs-service", ["approved-by-a-human"]) for decision in ("ask", "allow")]
    approved.approved_by = "oncall"
    downstream.suspects = [Suspect("petshop-catalogue", "bad_deployment", 0.88, _CHAIN)]
    downstream.call_path = _CHAIN
    return results


def _tell(narrator: Narrator, results: list[Result]) -> int:
    """As `demo.__main__` and `demo.lifecycle` call it."""
    for what in ("local AWS", "petshop deployed and under load", "Nightshift deployed", "all petshop alarms OK"):
        with narrator.step(what) as step:
            step.detail = "http://127.0.0.1:40000"
    for number, result in enumerate(results, start=1):
        narrator.incident(number, len(results), result.title)
        narrator.before(result.before)
        narrator.broken_by(result.broken_by or "the payment provider, which is outside the account, refuses connections")
        narrator.detail("now", result.broken)
        for state in result.states:
            narrator.state(0.1, state)
        narrator.record(Entry(7, "action_started", {"execution_id": "e-1"}))
        narrator.result(result)
    narrator.audit(_AUDIT)
    return summary.conclude(narrator, results, _AUDIT, 102.0)


@pytest.fixture
def output(capsys) -> list[str]:
    assert _tell(Narrator(), _incidents()) == 0
    return capsys.readouterr().out.splitlines()


def test_default_output_has_at_most_eighty_lines(output):
    assert len(output) <= _MOST_LINES, "\n".join(output)


def test_default_output_has_each_part_of_each_incident(output):
    labels = [found[1] for line in output if (found := re.match(r"  ([a-z0-9]+(?: by| path| alarm)?) {2,}", line))]
    for label in ("before", "broken by", "cause", "verdict", "action"):
        assert labels.count(label) == len(_incidents()), label
    # Only where something is not as before.
    assert labels.count("after") == 2
    assert labels.count("2nd alarm") == 1
    assert labels.count("call path") == 1
    assert labels.count("model") == 1


def test_default_output_fits_its_width_but_for_the_table(output):
    blocks = output[: next(index for index, line in enumerate(output) if "Audit trail" in line)]
    assert [line for line in blocks if len(line) > WIDTH] == []


def test_default_output_names_resources_without_account_and_region(output):
    assert not any("arn:aws:" in line for line in output)
    assert any("by user/alice 11 s before the symptom began." in line for line in output)


def test_default_output_names_who_approved(output):
    (approved,) = [line for line in output if "rollback-ecs-service allowed" in line]
    assert approved.endswith("rollback-ecs-service allowed after approval by oncall (policy approved-by-a-human)")


def test_default_output_names_who_denied_and_that_nothing_was_changed(output):
    index = next(index for index, line in enumerate(output) if "denied by" in line)
    assert output[index].endswith("start-instance denied by oncall when asked (policy supervised-asks)")
    assert output[index + 1].endswith("none: nothing in the account was changed")
    assert output[index + 2].endswith("instance i-0123456789abcdef1 is stopped")


def test_default_output_names_the_second_alarm_and_the_undo(output):
    assert any(line.endswith("petshop-search-failing: recovered by itself, no action of its own") for line in output)
    (undone,) = [line for line in output if "undone:" in line]
    assert undone.endswith("rollback-lambda-alias ran: Success; undone: Success; undone 3.8 s after the event")


def test_default_output_repeats_no_verdict_of_one_incident(output):
    assert sum("verdict" in line for line in output) == len(_incidents())


def test_failure_of_an_incident_is_printed_and_fails_the_demo(capsys):
    results = _incidents()
    results[0].failures.append("the resource is not restored: version 2")
    assert _tell(Narrator(), results) == 1
    printed = capsys.readouterr().out
    assert "✗ the resource is not restored: version 2" in printed
    assert "✗ failed: a configuration value is overwritten" in printed


def test_verbose_output_has_states_records_and_messages(capsys):
    assert _tell(VerboseNarrator(), _incidents()) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) > 3 * _MOST_LINES
    for text in ("StartAutomation", "automation e-1 started", "A line.", "CloudTrail 0f3c9d1e", "No model was involved"):
        assert text in printed


def test_quiet_narrator_prints_nothing(capsys):
    _tell(Narrator(quiet=True), _incidents())
    assert capsys.readouterr().out == ""


def test_verdict_to_ask_does_not_read_as_if_somebody_had_approved():
    verdict = {"decision": "ask", "policies": [{"id": "approved-by-a-human"}]}
    printed = describe(Entry(3, "judged", {"verdict": verdict, "action": "rollback-ecs-service", "target": "arn:x"}))
    assert printed == "#3 judged: rollback-ecs-service on arn:x needs approval first (policy: approved-by-a-human)"


def test_call_of_lambda_has_no_date_in_its_name():
    assert str(Call("e", "UpdateAlias20150331", "lambda.amazonaws.com", "alice", None)) == "lambda:UpdateAlias by user alice"
    assert str(Call("e", "PutParameter", "ssm.amazonaws.com", "x", "fixer")) == "ssm:PutParameter by role fixer"
