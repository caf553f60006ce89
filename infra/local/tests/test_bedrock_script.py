"""Bedrock's stand-in by a script: cases, failures, and scripts that are refused."""

import http.client
import urllib.request
from pathlib import Path

import boto3
import pytest
import yaml
from bedrock_requests import (
    ANY_SCHEMA,
    MODEL,
    PROFILE,
    assistant_turn,
    content_of,
    error_of,
    tool_result,
    tools_of,
    user_turn,
)
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from local_aws import BadScript, LocalAws
from local_aws.bedrock import ruled_model
from local_aws.bedrock.control import SCRIPT_VARIABLE


def test_first_case_that_fits_answers_as_often_as_it_may(converse, script):
    script(
        [
            {"when": ["checkout", "pool"], "unless": "search", "times": 1, "say": "the pool"},
            {"when": "checkout", "say": "checkout"},
            {"model": "claude", "say": "claude"},
            {"turn": 2, "say": "the second turn"},
        ]
    )
    for messages, model, expected in [
        (["checkout: pool is empty"], MODEL, "the pool"),
        (["checkout: pool is empty"], MODEL, "checkout"),
        (["checkout, pool and search"], MODEL, "checkout"),
        (["hello"], PROFILE, "claude"),
        (["hello", assistant_turn("yes?"), "go on"], MODEL, "the second turn"),
        (["hello"], MODEL, ruled_model.REASON),
    ]:
        assert content_of(converse(*messages, model=model)) == [{"text": expected}]


def test_case_looks_into_all_that_was_said_and_takes_words_from_it(converse, script):
    script(
        [
            {
                "must_use": "report",
                "find": {"line": r"evidence (e-[0-9a-f]+)", "all": r"limit=\d+"},
                "say": "It was {{ all }}.",
                "use": {"name": "report", "input": {"evidence": ["{{ line }}"], "sure": True}},
            },
            {"offers": "look", "use": [{"name": "look", "input": {"at": "logs"}}, {"name": "look", "id": "u2"}]},
        ]
    )
    config = tools_of(look=ANY_SCHEMA, report=ANY_SCHEMA)
    first = converse("What is it?", system=[{"text": "evidence e-00ff"}], toolConfig=config)
    uses = [block["toolUse"] for block in content_of(first)]
    assert [(use["name"], use["input"]) for use in uses] == [("look", {"at": "logs"}), ("look", {})]
    assert uses[1]["toolUseId"] == "u2" and uses[0]["toolUseId"].startswith("tooluse_")
    results = [tool_result(use["toolUseId"], "limit=12 and evidence e-0a1b") for use in uses]
    second = converse(
        "What is it?",
        assistant_turn(*content_of(first)),
        user_turn(*results),
        toolConfig=config | tools_of("report", look=ANY_SCHEMA, report=ANY_SCHEMA),
    )
    assert content_of(second)[0] == {"text": "It was limit=12."}
    assert content_of(second)[1]["toolUse"]["input"] == {"evidence": ["e-0a1b"], "sure": True}


def test_answer_can_have_any_content_stop_and_usage(converse, script):
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
    script([{"content": [thought, {"text": "x"}], "stop": "max_tokens", "usage": {"outputTokens": 4000}}])
    answer = converse("?")
    assert content_of(answer)[0]["reasoningContent"]["reasoningText"]["text"] == "hm"
    assert (answer["stopReason"], answer["usage"]["outputTokens"]) == ("max_tokens", 4000)
    script([{"say": "x", "usage": None}])
    assert "usage" not in converse("?")
    script([{"fill": 3_000_000}])
    assert len(content_of(converse("?"))[0]["text"]) == 3_000_000


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ThrottlingException", 429),
        ("ModelErrorException", 424),
        ("ModelTimeoutException", 408),
        ("ModelNotReadyException", 429),
        ("InternalServerException", 500),
        ("ServiceUnavailableException", 503),
        ("AccessDeniedException", 403),
    ],
)
def test_failure_has_its_status_type_and_message(converse, script, error, status):
    script([{"fail": error, "times": 1}, {"fail": {"error": error, "message": "my own words"}}])
    for message in (r": \w+", "my own words"):
        with pytest.raises(ClientError, match=message) as refused:
            converse("?")
        assert error_of(refused) == (error, status)
        headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amzn-errortype"].startswith(f"{error}:")


def test_answer_that_never_comes_leaves_the_others_alone(aws, converse, script):
    script([{"when": "hang", "hang": True}, {"say": "here"}])
    config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
    impatient = boto3.client(
        "bedrock-runtime", endpoint_url=aws.endpoint, region_name=aws.region, config=config, **aws.admin.client_arguments()
    )
    with pytest.raises(ReadTimeoutError):
        impatient.converse(modelId=MODEL, messages=[user_turn("hang")])
    assert content_of(converse("?")) == [{"text": "here"}]


def test_answer_cut_off_ends_before_its_promised_length(converse, script):
    script([{"say": "x" * 1000, "cut": True}])
    with pytest.raises((HTTPClientError, ConnectionClosedError, ResponseParserError, http.client.IncompleteRead)):
        converse("?")


def test_answer_that_is_no_json_is_what_the_script_says(converse, script):
    script([{"body": "<html>busy"}])
    # boto3 makes the best of it.
    assert "output" not in converse("?")


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("x", "must be an object"),
        ({"whem": "x", "say": "x"}, "whem: no such member"),
        ({"when": "x"}, "has no answer"),
        ({"say": "x", "hang": True}, "hang, say do not go together"),
        ({"fail": "Throttled"}, "one of AccessDeniedException"),
        ({"say": "{{ who }}"}, "{{ who }} is not in find"),
        ({"say": "x", "find": {"a": "("}}, "find: "),
        ({"say": "x", "times": 0}, "times must be a number from 1"),
        ({"use": {"tool": "x"}}, "use must be"),
        ({"hang": False}, "hang must be true"),
    ],
)
def test_script_that_is_wrong_is_refused_whole(converse, script, case, why):
    script([{"say": "the old one"}])
    with pytest.raises(BadScript, match="case 2 of the script: ") as refused:
        script([{"say": "fine"}, case])
    assert why in str(refused.value)
    assert content_of(converse("?")) == [{"text": "the old one"}]


def test_script_in_a_file_is_there_from_the_start_and_requests_can_be_read(tmp_path):
    file = tmp_path / "script.yaml"
    file.write_text("- when: hello\n  say: from the file\n")
    with LocalAws(environment={SCRIPT_VARIABLE: str(file)}) as aws:
        client = aws.client("bedrock-runtime")
        for text in ("hello", "what?"):
            client.converse(modelId=MODEL, messages=[user_turn(text)])
        with pytest.raises(ClientError):
            client.converse(modelId=MODEL, messages=[assistant_turn("x")])
        asked = aws.model_requests()
        assert [one["answeredBy"] for one in asked] == ["case 1", "rules", "ValidationException"]
        assert asked[0]["modelId"] == MODEL and asked[0]["request"]["messages"] == [user_turn("hello")]
        aws.forget_model_requests()
        assert aws.model_requests() == []
        aws.script_model([])
        urllib.request.urlopen(urllib.request.Request(f"{aws.endpoint}/_ministack/reset", method="POST")).close()
        assert content_of(client.converse(modelId=MODEL, messages=[user_turn("hello")])) == [{"text": "from the file"}]


def test_script_of_the_readme_is_one_and_does_what_it_says(converse, script):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    script(yaml.safe_load(readme.partition("```yaml\n")[2].partition("```")[0]))
    config = tools_of("report_line", report_line=ANY_SCHEMA)
    answer = converse("checkout", assistant_turn("?"), "e-0123456789ab deployments", toolConfig=config)
    assert content_of(answer)[1]["toolUse"]["input"] == {"evidence": ["e-0123456789ab"]}
    first = converse("checkout, line of inquiry: deployment", toolConfig=tools_of(ask_provider=ANY_SCHEMA))
    assert content_of(first)[0]["toolUse"]["name"] == "ask_provider"
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            converse("checkout")
    assert content_of(converse("checkout")) == [{"text": ruled_model.REASON}]
