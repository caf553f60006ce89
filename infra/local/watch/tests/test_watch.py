import pytest
from demo.prerequisites import FUNCTIONS
from local_aws import LocalAws
from watch.account import Account, Conflicting, union
from watch.samples import SAMPLES
from watch.smoke import result_of


def test_union_of_environments_has_every_variable():
    assert union([{"A": "1"}, {"A": "1", "B": "2"}]) == {"A": "1", "B": "2"}


def test_union_of_conflicting_environments_is_refused():
    with pytest.raises(Conflicting, match="A is '1' for one function and '2'"):
        union([{"A": "1"}, {"A": "2"}])


def test_environment_has_nothing_of_another_account(monkeypatch):
    monkeypatch.setattr(LocalAws, "endpoint", "http://127.0.0.1:1")
    environment = Account(LocalAws(), {"TABLE_NAME": "t"}).environment({"PATH": "/bin", "AWS_PROFILE": "production"})
    assert environment["PATH"] == "/bin" and environment["TABLE_NAME"] == "t"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert "AWS_PROFILE" not in environment


def test_every_function_has_a_sample_that_is_there():
    assert {sample.function for sample in SAMPLES} == set(FUNCTIONS)
    assert [sample.file for sample in SAMPLES if not sample.path.is_file()] == []


@pytest.mark.parametrize(
    ("answer", "result"),
    [('{"result":"signal"}', "signal"), ("Error: no such function", None), ("[]", None)],
)
def test_result_is_that_of_the_answer(answer, result):
    assert result_of(answer) == result
