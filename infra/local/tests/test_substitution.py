import pytest

from local_aws.automation.substitution import Unresolved, references, substitute

_VALUES = {
    "Name": "p",
    "Count": 3,
    "Flag": True,
    "Names": ["a", "b"],
    "Read.Value": "{{ Name }}",
    "automation:EXECUTION_ID": "id-1",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("{{ Name }}", "p"),
        ("{{Name}}", "p"),
        ("{{ Count }}", 3),
        ("{{ Flag }}", True),
        ("{{ Names }}", ["a", "b"]),
        ("{{ Name }}:{{ Count }}", "p:3"),
        ("is {{ Flag }}", "is true"),
        ("{{ automation:EXECUTION_ID }}-x", "id-1-x"),
        (["{{ Name }}", {"k": "{{ Count }}"}], ["p", {"k": 3}]),
        (7, 7),
        # What a value contains is data and is not resolved again.
        ("{{ Read.Value }}", "{{ Name }}"),
        ("<{{ Read.Value }}>", "<{{ Name }}>"),
    ],
)
def test_substitute_references_are_replaced(value, expected):
    assert substitute(value, _VALUES) == expected


def test_substitute_unknown_reference_is_refused():
    with pytest.raises(Unresolved, match="Step.Missing"):
        substitute({"a": ["x {{ Step.Missing }}"]}, _VALUES)


def test_references_nested_value_finds_all():
    assert list(references({"a": "{{ X }}{{ Y.z }}", "b": ["{{ W }}", 1]})) == ["X", "Y.z", "W"]
