"""Bedrock's stand-in without a script: it says that there is no model, and abstains."""

import pytest
from bedrock_requests import ANY_SCHEMA, content_of, tools_of

from local_aws.bedrock import ruled_model


def test_without_a_script_it_says_that_there_is_no_model(converse):
    answer = converse("What is it?")
    assert content_of(answer) == [{"text": ruled_model.REASON}]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["totalTokens"] == answer["usage"]["inputTokens"] + answer["usage"]["outputTokens"]


_LINE = {
    "type": "object",
    "required": ["findings", "summary", "done"],
    "properties": {
        "findings": {"type": "array", "items": {"type": "object"}},
        "summary": {"type": "string", "maxLength": 20},
        "done": {"type": "boolean"},
        "more": {"type": "string"},
    },
}
_DIAGNOSIS = {
    "type": "object",
    "required": ["verdict", "confidence", "component", "hypotheses"],
    "properties": {
        "verdict": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["type", "cause"],
                    "properties": {"type": {"const": "hypotheses"}, "cause": {"type": "string"}},
                },
                {"$ref": "#/$defs/abstained"},
            ]
        },
        "confidence": {"type": "number", "minimum": 0},
        "component": {"type": ["string", "null"]},
        "hypotheses": {"type": "array"},
    },
    "$defs": {
        "abstained": {
            "type": "object",
            "required": ["type", "reason"],
            "properties": {"type": {"enum": ["abstained"]}, "reason": {"type": "string"}},
        }
    },
}


@pytest.mark.parametrize("is_forced", [True, False])
@pytest.mark.parametrize(
    ("tool", "schema", "expected"),
    [
        ("report_line", _LINE, {"findings": [], "summary": ruled_model.REASON[:20], "done": False}),
        (
            "submit_diagnosis",
            _DIAGNOSIS,
            {
                "verdict": {"type": "abstained", "reason": ruled_model.REASON},
                "confidence": 0,
                "component": None,
                "hypotheses": [],
            },
        ),
    ],
)
def test_without_a_script_it_finds_nothing_and_abstains(converse, tool, schema, expected, is_forced):
    config = tools_of(tool if is_forced else None, look=ANY_SCHEMA, **{tool: schema})
    answer = converse("What is it?", toolConfig=config)
    (block,) = content_of(answer)
    assert (block["toolUse"]["name"], block["toolUse"]["input"]) == (tool, expected)
    assert answer["stopReason"] == "tool_use"


def test_least_value_of_a_schema_is_one_that_it_takes():
    from jsonschema import validate

    for schema in (
        _LINE,
        _DIAGNOSIS,
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 2, "items": _LINE}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["high", "low"]}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}},
    ):
        validate(ruled_model._least(schema, schema, 12), schema)
