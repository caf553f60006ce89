import datetime

import pytest

from incident.one_incident import IncidentFailed, billed_seconds_and_gb, custom_metrics, metrics_requested, read_history
from loopback.counting_proxy import Call

_START = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)


def _event(seconds: float, type_: str, name: str = "") -> dict:
    side = "Entered" if type_.endswith("Entered") else "Exited"
    return {
        "timestamp": _START + datetime.timedelta(seconds=seconds),
        "type": type_,
        f"state{side}EventDetails": {"name": name},
    }


def test_history_subtracts_waits_and_counts_retries():
    history = read_history(
        [
            _event(0, "PassStateEntered", "BeginIncident"),
            _event(1, "WaitStateEntered", "WaitForAutomation"),
            _event(3, "WaitStateExited", "WaitForAutomation"),
            _event(3, "WaitStateEntered", "WaitForAutomation"),
            _event(4, "WaitStateExited", "WaitForAutomation"),
            _event(4, "TaskStateEntered", "NotifyResolved"),
            _event(4, "TaskScheduled"),
            _event(5, "TaskScheduled"),
            _event(6, "TaskStateExited", "NotifyResolved"),
        ]
    )
    assert history.states == ("BeginIncident", "WaitForAutomation", "WaitForAutomation", "NotifyResolved")
    assert history.waited_seconds == 3
    assert history.retries == 1
    assert history.notified_at == _START.timestamp() + 6


def test_history_without_a_notification_names_its_states():
    with pytest.raises(IncidentFailed, match="BeginIncident"):
        read_history([_event(0, "PassStateEntered", "BeginIncident")])


def test_billed_duration_is_rounded_up_to_the_next_millisecond():
    line = "REPORT RequestId: x\tDuration: 12 ms\tBilled Duration: 12 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB"
    assert billed_seconds_and_gb(line) == (0.013, 0.125)
    assert billed_seconds_and_gb("START RequestId: x Version: $LATEST") is None


def test_custom_metrics_are_counted_by_dimension_values():
    def line(function: str) -> str:
        return (
            '{"_aws":{"CloudWatchMetrics":[{"Namespace":"Nightshift","Dimensions":[["function","result"]],'
            f'"Metrics":[{{"Name":"Outcomes"}}]}}]}},"function":"{function}","result":"done","Outcomes":1}}'
        )

    assert len(custom_metrics([line("a"), line("a"), line("b"), "START"])) == 2


def test_metrics_requested_counts_queries():
    queries = [{"Id": "a", "MetricStat": {}}, {"Id": "b", "Expression": "a*2"}]
    assert metrics_requested(Call("monitoring", "GetMetricData", 200, 0, 0, {"MetricDataQueries": queries})) == 2
