"""Bedrock's stand-in checks requests, permissions and guardrails as AWS does, and counts its cache."""

import boto3
import pytest
from bedrock_requests import (
    ANY_SCHEMA,
    MODEL,
    PROFILE,
    assistant_turn,
    content_of,
    error_of,
    tool_result,
    tool_use,
    tools_of,
    user_turn,
)
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import LocalAws, allow, permission_log
from local_aws.bedrock.prompt_cache import LEAST_TOKENS

_TALK = [user_turn("?"), assistant_turn(tool_use()), user_turn(tool_result())]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"messages": []}, "must start with a user message"),
        ({"messages": [assistant_turn("x")]}, "must start with a user message"),
        ({"messages": [user_turn("a"), user_turn("b")]}, "must alternate between user and assistant roles"),
        ({"messages": [user_turn("a"), assistant_turn("b")]}, "must end with a user message"),
        ({"messages": [user_turn()]}, "content field in the Message object at messages.0 is empty"),
        ({"messages": [user_turn("a", " ")]}, "ContentBlock object at messages.0.content.1 is blank"),
        ({"messages": _TALK}, "toolConfig field must be defined"),
        ({"messages": [*_TALK[:2], user_turn("go on")], "toolConfig": tools_of(look=ANY_SCHEMA)}, "Expected toolResult blocks at messages.2.content for the following Ids: u1"),
        ({"messages": [*_TALK[:2], user_turn(tool_result("u2"))], "toolConfig": tools_of(look=ANY_SCHEMA)}, "Expected toolResult blocks"),
        ({"messages": [user_turn("?"), assistant_turn("x"), user_turn(tool_result())], "toolConfig": tools_of(look=ANY_SCHEMA)}, "exceeds the number of toolUse blocks"),
        ({"messages": [*_TALK[:2], user_turn(tool_result(text=""))], "toolConfig": tools_of(look=ANY_SCHEMA)}, "must be non-empty"),
        ({"messages": [user_turn("?"), assistant_turn(tool_use("a.b")), user_turn(tool_result())], "toolConfig": tools_of(look=ANY_SCHEMA)}, r"pattern: \[a-zA-Z0-9_-\]\+"),
        ({"messages": [user_turn("?")], "toolConfig": tools_of("other", look=ANY_SCHEMA)}, "Tool 'other' not found"),
        ({"messages": [user_turn("?")], "toolConfig": tools_of(look={"type": "string"})}, "inputSchema.json.type must be one of"),
        ({"messages": [user_turn("?")], "toolConfig": {"tools": [*tools_of(look=ANY_SCHEMA)["tools"]] * 2}}, "Tool names must be unique"),
        ({"messages": [user_turn("?")], "inferenceConfig": {"maxTokens": 0}}, "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint"),
        ({"messages": [user_turn("?")], "inferenceConfig": {"temperature": 1.5}}, "inferenceConfig.temperature"),
        ({"messages": [user_turn(*["a", {"cachePoint": {"type": "default"}}] * 5)]}, "maximum of 4 blocks"),
        ({"messages": [user_turn("?")], "guardrailConfig": {"guardrailIdentifier": "gr000", "guardrailVersion": "1"}}, "guardrail identifier or version .* does not exist"),
        ({"messages": [user_turn("?")], "modelId": "arn:aws:bedrock:eu-west-1::foundation-model/x.y"}, "model identifier is invalid"),
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
    assert error_of(refused) == ("ValidationException", 400)


def test_conversation_with_tools_that_is_right_is_taken(converse):
    parallel = assistant_turn("I look.", tool_use(use_id="u1"), tool_use(use_id="u2"))
    results = user_turn(tool_result("u2"), tool_result("u1", "it broke", "error"), "Go on.")
    assert content_of(converse("?", parallel, results, toolConfig=tools_of(look=ANY_SCHEMA)))


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
            client.converse(modelId=model, messages=[user_turn("?")])
            continue
        with pytest.raises(ClientError, match="not authorized to perform: bedrock:InvokeModel") as refused:
            client.converse(modelId=model, messages=[user_turn("?")])
        assert error_of(refused) == ("AccessDeniedException", 403)


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
        assert (content_of(answer), answer["stopReason"]) == ([{"text": said}], stop)
    client = aws.client("bedrock-runtime", aws.create_user(name, allow("bedrock:InvokeModel")))
    with pytest.raises(ClientError, match="not authorized to perform: bedrock:ApplyGuardrail"):
        client.converse(modelId=MODEL, messages=[user_turn("?")], guardrailConfig=config)


def test_calls_are_in_the_permission_log(tmp_path, name):
    log = tmp_path / "permissions.jsonl"
    with LocalAws(environment={permission_log.VARIABLE: str(log)}) as aws:
        session = aws.create_role_session(name, allow("bedrock:InvokeModel"))
        aws.client("bedrock-runtime", session).converse(modelId=PROFILE, messages=[user_turn("?")])
    used = {check.action for check in permission_log.read(log) if check.role == name and check.is_allowed}
    assert used == {"bedrock:InvokeModel"}


def test_beginning_is_written_to_the_cache_once_and_read_from_it_after(converse, name):
    point = {"cachePoint": {"type": "default"}}
    system = [{"text": name + "x" * 4 * LEAST_TOKENS}, point]

    def usage(question: str, schema: dict) -> tuple[int, int]:
        config = tools_of(look=schema)
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
