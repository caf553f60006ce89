import pytest

from local_aws.automation.selector import BadSelector, NothingSelected, Selector

_RESPONSE = {
    "Parameter": {"Version": 3, "Name": "p"},
    "services": [
        {"deployments": [{"state": "A"}, {"state": "B"}]},
        {"deployments": [{"state": "C"}]},
    ],
    "empty": [],
}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("$", _RESPONSE),
        ("$.Parameter.Version", 3),
        ("$.services[0].deployments[1].state", "B"),
        ("$.services[*].deployments[0].state", ["A", "C"]),
        ("$.services..state", ["A", "B", "C"]),
        ("$..state", ["A", "B", "C"]),
        ("$.empty[*].state", []),
    ],
)
def test_selector_known_path_selects(text, selected):
    assert Selector.parse(text).select(_RESPONSE) == selected


@pytest.mark.parametrize("text", ["$.Nothing", "$.Parameter.Version.More", "$.services[7]", "$.empty[0]"])
def test_selector_missing_path_selects_nothing(text):
    with pytest.raises(NothingSelected, match="nothing is at"):
        Selector.parse(text).select(_RESPONSE)


@pytest.mark.parametrize("text", ["Parameter.Version", "$.a[?(@.b)]", "$.a[-1]", "$.", "$a", "$.a b", None])
def test_selector_unknown_syntax_is_refused(text):
    with pytest.raises(BadSelector, match="selector"):
        Selector.parse(text)
