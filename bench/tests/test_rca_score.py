import pytest

from engine import rca_score
from engine.rca_score import WrongAnswer
from recordings.scenario_sets import Case


def _answered(true, named, confidence=0.5, metric="latency", resource=None):
    truth = None if true is None else {"component": true} | ({"resource": resource} if resource else {})
    causes = [{"component": one, "confidence": confidence} for one in named]
    answer = {"verdict": "root_cause" if named else "healthy", "root_causes": causes, "elapsed_ms": 2.0}
    return rca_score.pair((Case("case", metric, truth),), [answer])[0]


def test_score_counts_ranks_of_components_each_once():
    score = rca_score.score(
        [_answered("a", ["a", "b"]), _answered("a", ["b", "b", "a"]), _answered("a", ["x"]), _answered("c", [])]
    )
    assert (score.top1, score.top3, score.floor) == (0.25, 0.5, 0.75)
    assert score.average5 == pytest.approx((0.25 + 4 * 0.5) / 5)
    assert score.specificity is None and score.median_ms == 2.0


def test_score_of_healthy_windows_is_how_many_were_left_alone():
    score = rca_score.score([_answered(None, []), _answered(None, ["a"])])
    assert (score.healthy, score.specificity, score.top1, score.floor) == (2, 0.5, None, None)


def test_healthy_windows_of_which_nobody_can_tell_are_told_apart():
    unclear = _answered(None, [])
    unclear.answer["verdict"] = "abstain"
    score = rca_score.score([_answered(None, []), unclear, _answered(None, ["a"])])
    assert score.specificity == pytest.approx(2 / 3) and score.undecided == 0.5


def test_what_is_named_counts_only_with_the_verdict_root_cause():
    case = Case("case", "latency", {"component": "a"})
    answer = {"verdict": "abstain", "root_causes": [{"component": "a"}], "elapsed_ms": 1.0}
    assert not rca_score.pair((case,), [answer])[0].is_right


def test_pair_refuses_another_number_of_answers():
    with pytest.raises(WrongAnswer, match="1 cases were asked about, 0 answers came"):
        rca_score.pair((Case("case", "latency", None),), [])


def test_strata_are_only_where_there_is_more_than_one():
    mixed = [_answered("a", ["a"], metric="latency"), _answered("a", [], metric="errors", resource="cpu")]
    assert list(rca_score.strata(mixed)) == ["errors", "latency"]
    assert rca_score.strata(mixed[:1]) == {}
    by_resource = [_answered("a", ["a"], resource="cpu"), _answered("a", [], resource="mem")]
    assert list(rca_score.strata(by_resource)) == ["cpu", "mem"]


def test_reliability_compares_what_was_said_with_what_was_right():
    bins = rca_score.reliability(
        [
            _answered("a", ["a"], 1.0),
            _answered("a", ["b"], 0.8),
            _answered(None, ["a"], 0.1),
            _answered(None, [], 0.9),
        ]
    )
    assert [(one.low, one.count, one.said, one.right) for one in bins] == [(0.0, 1, 0.1, 0.0), (0.8, 2, 0.9, 0.5)]
    assert rca_score.calibration_error(bins) == pytest.approx((0.1 + 2 * 0.4) / 3)


def test_reliability_without_confidences_has_no_bins():
    assert rca_score.reliability([_answered("a", ["a"], None)]) == []
