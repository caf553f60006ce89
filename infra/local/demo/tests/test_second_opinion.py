from demo.second_opinion import SecondOpinion

_USE = {
    "bundle": "five@0123456789ab",
    "verdict": {"type": "abstained", "reason": "nothing decides it"},
    "requests": 6,
    "tool_calls": 2,
    "usage": {"input": 1000, "output": 80, "cache_read": 200, "cache_write": 34},
    "cost": 12_300,
    "problems": {},
}


def test_lines_of_the_stand_in_say_that_no_model_was_involved() -> None:
    lines = " ".join(SecondOpinion.of(_USE, frozenset({"rules"})).lines())
    assert "No model was involved" in lines
    assert "abstained: nothing decides it" in lines
    assert "6 requests, 2 tool calls, 1,234 tokens in, 80 out" in lines
    assert "$0.0123" in lines


def test_lines_of_a_model_do_not_say_so() -> None:
    for answered in ({"proxy"}, {"rules", "case 1"}, set()):
        assert "No model was involved" not in " ".join(SecondOpinion.of(_USE, frozenset(answered)).lines())


def test_of_a_use_without_an_answer_has_its_reason() -> None:
    unusable = _USE | {"verdict": {"type": "unusable", "reason": "the model did not answer in time"}}
    assert SecondOpinion.of(unusable, frozenset()).reason == "the model did not answer in time"
    named = SecondOpinion.of(_USE | {"verdict": {"type": "hypotheses"}}, frozenset())
    assert (named.verdict, named.reason) == ("hypotheses", "")
