"""Bedrock's stand-in over the wire: what it refuses as AWS does, what a script makes of it, and what it is without one."""

import http.client
import json
import socket
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from local_aws import BadScript, LocalAws, allow, permission_log
from local_aws.bedrock import ruled_model
from local_aws.bedrock.control import PROXY_VARIABLE, SCRIPT_VARIABLE
from local_aws.bedrock.prompt_cache import LEAST_TOKENS

MODEL = "amazon.nova-lite-v1:0"
PROFILE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_ANY = {"type": "object", "properties": {}}


def _user(*content) -> dict:
    return {"role": "user", "content": [{"text": one} if isinstance(one, str) else one for one in content]}


def _assistant(*content) -> dict:
    return _user(*content) | {"role": "assistant"}


def _use(name: str = "look", use_id: str = "u1", **input_) -> dict:
    return {"toolUse": {"toolUseId": use_id, "name": name, "input": input_}}


def _result(use_id: str = "u1", text: str = "seen", status: str = "success") -> dict:
    return {"toolResult": {"toolUseId": use_id, "content": [{"text": text}], "status": status}}


def _tools(must_use: str | None = None, **schemas: dict) -> dict:
    tools = [{"toolSpec": {"name": name, "inputSchema": {"json": schema}}} for name, schema in schemas.items()]
    return {"tools": tools} | ({"toolChoice": {"tool": {"name": must_use}}} if must_use else {})


@pytest.fixture
def script(aws):
    yield aws.script_model
    aws.script_model([])
    aws.forget_model_requests()


@pytest.fixture
def converse(aws):
    client = aws.client("bedrock-runtime")

    def converse(*messages: dict | str, model: str = MODEL, **more) -> dict:
        turns = [_user(one) if isinstance(one, str) else one for one in messages]
        return client.converse(modelId=model, messages=turns, **more)

    return converse


def _said(answer: dict) -> list[dict]:
    return answer["output"]["message"]["content"]


def _code(refused) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


# Without a script


def test_without_a_script_it_says_that_there_is_no_model(converse):
    answer = converse("What is it?")
    assert _said(answer) == [{"text": ruled_model.REASON}]
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
    config = _tools(tool if is_forced else None, look=_ANY, **{tool: schema})
    answer = converse("What is it?", toolConfig=config)
    (block,) = _said(answer)
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


# By a script


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
        (["hello", _assistant("yes?"), "go on"], MODEL, "the second turn"),
        (["hello"], MODEL, ruled_model.REASON),
    ]:
        assert _said(converse(*messages, model=model)) == [{"text": expected}]


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
    config = _tools(look=_ANY, report=_ANY)
    first = converse("What is it?", system=[{"text": "evidence e-00ff"}], toolConfig=config)
    uses = [block["toolUse"] for block in _said(first)]
    assert [(use["name"], use["input"]) for use in uses] == [("look", {"at": "logs"}), ("look", {})]
    assert uses[1]["toolUseId"] == "u2" and uses[0]["toolUseId"].startswith("tooluse_")
    results = [_result(use["toolUseId"], "limit=12 and evidence e-0a1b") for use in uses]
    second = converse(
        "What is it?", _assistant(*_said(first)), _user(*results), toolConfig=config | _tools("report", look=_ANY, report=_ANY)
    )
    assert _said(second)[0] == {"text": "It was limit=12."}
    assert _said(second)[1]["toolUse"]["input"] == {"evidence": ["e-0a1b"], "sure": True}


def test_answer_can_have_any_content_stop_and_usage(converse, script):
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
    script([{"content": [thought, {"text": "x"}], "stop": "max_tokens", "usage": {"outputTokens": 4000}}])
    answer = converse("?")
    assert _said(answer)[0]["reasoningContent"]["reasoningText"]["text"] == "hm"
    assert (answer["stopReason"], answer["usage"]["outputTokens"]) == ("max_tokens", 4000)
    script([{"say": "x", "usage": None}])
    assert "usage" not in converse("?")
    script([{"fill": 3_000_000}])
    assert len(_said(converse("?"))[0]["text"]) == 3_000_000


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
        assert _code(refused) == (error, status)
        headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amzn-errortype"].startswith(f"{error}:")


def test_answer_that_never_comes_leaves_the_others_alone(aws, converse, script):
    script([{"when": "hang", "hang": True}, {"say": "here"}])
    config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
    impatient = boto3.client(
        "bedrock-runtime", endpoint_url=aws.endpoint, region_name=aws.region, config=config, **aws.admin.client_arguments()
    )
    with pytest.raises(ReadTimeoutError):
        impatient.converse(modelId=MODEL, messages=[_user("hang")])
    assert _said(converse("?")) == [{"text": "here"}]


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
    assert _said(converse("?")) == [{"text": "the old one"}]


def test_script_in_a_file_is_there_from_the_start_and_requests_can_be_read(tmp_path):
    file = tmp_path / "script.yaml"
    file.write_text("- when: hello\n  say: from the file\n")
    with LocalAws(environment={SCRIPT_VARIABLE: str(file)}) as aws:
        client = aws.client("bedrock-runtime")
        for text in ("hello", "what?"):
            client.converse(modelId=MODEL, messages=[_user(text)])
        with pytest.raises(ClientError):
            client.converse(modelId=MODEL, messages=[_assistant("x")])
        asked = aws.model_requests()
        assert [one["answeredBy"] for one in asked] == ["case 1", "rules", "ValidationException"]
        assert asked[0]["modelId"] == MODEL and asked[0]["request"]["messages"] == [_user("hello")]
        aws.forget_model_requests()
        assert aws.model_requests() == []
        aws.script_model([])
        urllib.request.urlopen(urllib.request.Request(f"{aws.endpoint}/_ministack/reset", method="POST")).close()
        assert _said(client.converse(modelId=MODEL, messages=[_user("hello")])) == [{"text": "from the file"}]


def test_script_of_the_readme_is_one_and_does_what_it_says(converse, script):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    script(yaml.safe_load(readme.partition("```yaml\n")[2].partition("```")[0]))
    config = _tools("report_line", report_line=_ANY)
    answer = converse("checkout", _assistant("?"), "e-0123456789ab deployments", toolConfig=config)
    assert _said(answer)[1]["toolUse"]["input"] == {"evidence": ["e-0123456789ab"]}
    first = converse("checkout, line of inquiry: deployment", toolConfig=_tools(look=_ANY))
    assert _said(first)[0]["toolUse"]["name"] == "look"
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            converse("checkout")
    assert _said(converse("checkout")) == [{"text": ruled_model.REASON}]


# As AWS refuses


_TALK = [_user("?"), _assistant(_use()), _user(_result())]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"messages": []}, "must start with a user message"),
        ({"messages": [_assistant("x")]}, "must start with a user message"),
        ({"messages": [_user("a"), _user("b")]}, "must alternate between user and assistant roles"),
        ({"messages": [_user("a"), _assistant("b")]}, "must end with a user message"),
        ({"messages": [_user()]}, "content field in the Message object at messages.0 is empty"),
        ({"messages": [_user("a", " ")]}, "ContentBlock object at messages.0.content.1 is blank"),
        ({"messages": _TALK}, "toolConfig field must be defined"),
        ({"messages": [*_TALK[:2], _user("go on")], "toolConfig": _tools(look=_ANY)}, "Expected toolResult blocks at messages.2.content for the following Ids: u1"),
        ({"messages": [*_TALK[:2], _user(_result("u2"))], "toolConfig": _tools(look=_ANY)}, "Expected toolResult blocks"),
        ({"messages": [_user("?"), _assistant("x"), _user(_result())], "toolConfig": _tools(look=_ANY)}, "exceeds the number of toolUse blocks"),
        ({"messages": [*_TALK[:2], _user(_result(text=""))], "toolConfig": _tools(look=_ANY)}, "must be non-empty"),
        ({"messages": [_user("?"), _assistant(_use("a.b")), _user(_result())], "toolConfig": _tools(look=_ANY)}, r"pattern: \[a-zA-Z0-9_-\]\+"),
        ({"messages": [_user("?")], "toolConfig": _tools("other", look=_ANY)}, "Tool 'other' not found"),
        ({"messages": [_user("?")], "toolConfig": _tools(look={"type": "string"})}, "inputSchema.json.type must be one of"),
        ({"messages": [_user("?")], "toolConfig": {"tools": [*_tools(look=_ANY)["tools"]] * 2}}, "Tool names must be unique"),
        ({"messages": [_user("?")], "inferenceConfig": {"maxTokens": 0}}, "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint"),
        ({"messages": [_user("?")], "inferenceConfig": {"temperature": 1.5}}, "inferenceConfig.temperature"),
        ({"messages": [_user(*["a", {"cachePoint": {"type": "default"}}] * 5)]}, "maximum of 4 blocks"),
        ({"messages": [_user("?")], "guardrailConfig": {"guardrailIdentifier": "gr000", "guardrailVersion": "1"}}, "guardrail identifier or version .* does not exist"),
        ({"messages": [_user("?")], "modelId": "arn:aws:bedrock:eu-west-1::foundation-model/x.y"}, "model identifier is invalid"),
    ],
)  # fmt: skip
def test_request_that_aws_would_refuse_is_refused(aws, request_, message):
    unchecked = boto3.client(
        "bedrock-runtime",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        **aws.admin.client_arguments(),
    )
    with pytest.raises(ClientError, match=message) as refused:
        unchecked.converse(**({"modelId": MODEL} | request_))
    assert _code(refused) == ("ValidationException", 400)


def test_conversation_with_tools_that_is_right_is_taken(converse):
    parallel = _assistant("I look.", _use(use_id="u1"), _use(use_id="u2"))
    results = _user(_result("u2"), _result("u1", "it broke", "error"), "Go on.")
    assert _said(converse("?", parallel, results, toolConfig=_tools(look=_ANY)))


@pytest.mark.parametrize(
    ("model", "needed"),
    [
        (MODEL, ["arn:aws:bedrock:us-east-1::foundation-model/{model}"]),
        (
            PROFILE,
            [
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/{model}",
                "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            ],
        ),
        (
            "global.anthropic.claude-x",
            [
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/{model}",
                "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x",
                "arn:aws:bedrock:::foundation-model/anthropic.claude-x",
            ],
        ),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", ["{model}"]),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
            ["{model}", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"],
        ),
    ],
)
def test_model_needs_permission_for_itself_and_for_its_profile(aws, name, model, needed):
    needed = [arn.format(model=model) for arn in needed]
    for number in range(len(needed) + 1):
        # Number 0 has all of them; each of the others lacks one.
        granted = [arn for place, arn in enumerate(needed, 1) if place != number] or ["arn:aws:bedrock:::none"]
        user = aws.create_user(f"{name}-{number}", allow("bedrock:InvokeModel", resource=granted))
        client = aws.client("bedrock-runtime", user)
        if number == 0:
            client.converse(modelId=model, messages=[_user("?")])
            continue
        with pytest.raises(ClientError, match="not authorized to perform: bedrock:InvokeModel") as refused:
            client.converse(modelId=model, messages=[_user("?")])
        assert _code(refused) == ("AccessDeniedException", 403)


def test_guardrail_needs_its_permission_and_steps_in(aws, name, converse, script):
    made = aws.client("bedrock").create_guardrail(
        name=name,
        blockedInputMessaging="not that",
        blockedOutputsMessaging="not this",
        wordPolicyConfig={"wordsConfig": [{"text": "forbidden"}]},
    )
    config = {"guardrailIdentifier": made["guardrailId"], "guardrailVersion": "DRAFT"}
    script([{"when": "say it", "say": "a forbidden word"}, {"say": "fine"}])
    for text, said, stop in [
        ("hello", "fine", "end_turn"),
        ("forbidden", "not that", "guardrail_intervened"),
        ("say it", "not this", "guardrail_intervened"),
    ]:
        answer = converse(text, guardrailConfig=config)
        assert (_said(answer), answer["stopReason"]) == ([{"text": said}], stop)
    client = aws.client("bedrock-runtime", aws.create_user(name, allow("bedrock:InvokeModel")))
    with pytest.raises(ClientError, match="not authorized to perform: bedrock:ApplyGuardrail"):
        client.converse(modelId=MODEL, messages=[_user("?")], guardrailConfig=config)


def test_calls_are_in_the_permission_log(tmp_path, name):
    log = tmp_path / "permissions.jsonl"
    with LocalAws(environment={permission_log.VARIABLE: str(log)}) as aws:
        session = aws.create_role_session(name, allow("bedrock:InvokeModel"))
        aws.client("bedrock-runtime", session).converse(modelId=PROFILE, messages=[_user("?")])
    used = {check.action for check in permission_log.read(log) if check.role == name and check.is_allowed}
    assert used == {"bedrock:InvokeModel"}


# The cache


def test_beginning_is_written_to_the_cache_once_and_read_from_it_after(converse, name):
    point = {"cachePoint": {"type": "default"}}
    system = [{"text": name + "x" * 4 * LEAST_TOKENS}, point]

    def usage(question: str, schema: dict) -> tuple[int, int]:
        config = _tools(look=schema)
        counted = converse(question, system=system, toolConfig=config)["usage"]
        return counted["cacheWriteInputTokens"] > LEAST_TOKENS, counted["cacheReadInputTokens"] > LEAST_TOKENS

    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert usage("first", schema) == (True, False)
    assert usage("second", schema) == (False, True)
    # The same schema, written in another order.
    turned = {"properties": schema["properties"], "type": "object"}
    assert usage("third", turned) == (True, False)


def test_short_beginning_is_not_kept(converse, name):
    for _ in range(2):
        counted = converse("?", system=[{"text": name}, {"cachePoint": {"type": "default"}}])["usage"]
        assert (counted["cacheWriteInputTokens"], counted["cacheReadInputTokens"]) == (0, 0)


# A real model behind it


@contextmanager
def _openai_server(answer: dict | None):
    """Its URL, and what it was asked; it breaks where there is no answer."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            body = json.dumps(answer).encode() if answer else b"no"
            self.send_response(200 if answer else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_proxy_gets_tools_and_their_results_and_its_answer_comes_back():
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "logs"}'}}
    answer = {
        "choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [call]}}],
        "usage": {"prompt_tokens": 21, "completion_tokens": 7},
    }
    with _openai_server(answer) as (url, asked), LocalAws(environment={PROXY_VARIABLE: url}) as aws:
        aws.script_model([{"when": "script", "say": "by the script"}])
        client = aws.client("bedrock-runtime")
        assert _said(client.converse(modelId=MODEL, messages=[_user("script")])) == [{"text": "by the script"}]
        config = _tools("look", look=_ANY)
        config["tools"].append({"cachePoint": {"type": "default"}})
        got = client.converse(
            modelId=MODEL,
            system=[{"text": "You look."}, {"cachePoint": {"type": "default"}}],
            messages=_TALK,
            toolConfig=config,
            inferenceConfig={"maxTokens": 50, "temperature": 0},
        )
    assert _said(got) == [_use("look", "c1", at="logs")]
    assert (got["stopReason"], got["usage"]["inputTokens"], got["usage"]["outputTokens"]) == ("tool_use", 21, 7)
    ((path, sent),) = asked
    assert path == "/v1/chat/completions"
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool"]
    assert sent["messages"][3] == {"role": "tool", "tool_call_id": "u1", "content": "seen"}
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["look"]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert (sent["model"], sent["max_tokens"], sent["temperature"]) == (MODEL, 50, 0)


def test_proxy_that_does_not_answer_is_unavailable_and_nothing_is_made_up():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with _openai_server(None) as (broken, _asked):
        for url in (nobody, broken):
            with LocalAws(environment={PROXY_VARIABLE: url}) as aws, pytest.raises(ClientError) as refused:
                aws.client("bedrock-runtime").converse(modelId=MODEL, messages=[_user("?")])
            assert _code(refused) == ("ServiceUnavailableException", 503)
