"""The intake's rules take the kinds of events that the table has and no other: EventBridge's own TestEventPattern says so."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
STACK = "nightshift"

# One line of the samples in docs/events.md: the file, what becomes of it, its title or the reason, the rule that takes it.
_SAMPLE = re.compile(r"^\| `(?P<file>[\w-]+\.json)` \| (?P<outcome>[^|]+) \| .* \| (?P<rule>\w*) \|$", re.MULTILINE)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what they come to in this test."""


def _filled_in(loader: _Loader, _: str, node: yaml.Node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node).replace("${AWS::StackName}", STACK)
    return None


_Loader.add_multi_constructor("!", _filled_in)


def _patterns() -> dict[str, dict]:
    template = yaml.load((ROOT / "infra" / "template.yaml").read_text(), _Loader)  # noqa: S506, a SafeLoader
    rules = template["Resources"]["IntakeStateMachine"]["Properties"]["Events"]
    return {name: rule["Properties"]["Pattern"] for name, rule in rules.items() if rule["Type"] != "Schedule"}


def _samples() -> list[tuple[str, str, str]]:
    page = (ROOT / "docs" / "events.md").read_text()
    return [(match["file"], match["outcome"], match["rule"]) for match in _SAMPLE.finditer(page)]


@pytest.fixture(scope="module")
def taken_by(aws):
    """The rules that take an event of the account and region of whoever asks."""
    client, patterns = aws.client("events"), _patterns()

    def rules(event: dict) -> list[str]:
        return [
            name
            for name, pattern in patterns.items()
            # Each of a rule's patterns names its sources, as a test holds; asked about is what may be taken.
            if f'"{event["source"]}"' in json.dumps(pattern)
            and client.test_event_pattern(
                EventPattern=json.dumps(
                    pattern | {"account": [event.get("account", "")], "region": [event.get("region", "")]}
                ),
                Event=json.dumps(event),
            )["Result"]
        ]

    return rules


def _event(file: str) -> dict:
    return json.loads((EVENTS / file).read_text())


def test_samples_are_all_in_the_documentation():
    assert {file for file, _, _ in _samples()} == {path.name for path in EVENTS.glob("*.json")}


def test_signals_are_taken_by_the_rule_of_their_kind_and_by_no_other(taken_by):
    signals = [sample for sample in _samples() if sample[1] not in ("ignored", "rejected")]
    assert len(signals) > 80
    for file, _, rule in signals:
        # A rule that is too long for EventBridge goes on as another of that name.
        expected = [name for name in _patterns() if rule and re.fullmatch(rf"{rule}\d?", name)]
        taken = taken_by(_event(file))
        assert (len(taken) == 1 and taken[0] in expected) if rule else taken == [], f"{file}: {taken}, not {expected}"


def test_ignored_events_are_taken_by_no_rule(taken_by):
    ignored = [file for file, outcome, _ in _samples() if outcome == "ignored"]
    # An archived finding is told from others by a truth value that the pattern of severities does not hold.
    ignored.remove("guardduty-finding-archived.json")
    assert len(ignored) >= 3
    for file in ignored:
        assert taken_by(_event(file)) == [], file


def test_unknown_kinds_and_nightshift_s_own_are_taken_by_no_rule(taken_by):
    names = ("cloudwatch-alarm-metric", "step-functions-failed", "ssm-automation-failed", "cloudformation-rolled-back")
    alarm, execution, automation, stack = (_event(f"{name}.json") for name in names)
    alarm["detail"]["alarmName"] = f"{STACK}-own-intake-failed"
    machine = f"arn:aws:states:eu-west-1:123456789012:stateMachine:{STACK}-incident"
    execution["detail"]["stateMachineArn"] = machine
    automation["detail"]["Definition"] = "Nightshift-RestoreParameter"
    stack["detail"]["stack-id"] = f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{STACK}/99af2e90"
    unknown = _event("glue-job-failed.json") | {"detail-type": "Glue Something Else"}
    for event in (alarm, execution, automation, stack, unknown):
        assert taken_by(event) == [], event["detail-type"]


def test_rules_name_their_sources():
    for name, pattern in _patterns().items():
        for clause in pattern.get("$or", [pattern]):
            assert clause["source"] and all(isinstance(source, str) for source in clause["source"]), name


def test_rules_fit_what_eventbridge_takes():
    for name, pattern in _patterns().items():
        assert len(json.dumps(pattern)) < 4096, name
