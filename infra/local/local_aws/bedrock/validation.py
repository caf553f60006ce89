"""Refuses what Bedrock refuses before any model sees it, in its words as far as they are known.

The rules are those of the API reference; the sentences, those that users of it report.
"""

import json
import re
from typing import Any

from local_aws.bedrock.errors import Refused, invalid

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TOOL_USE_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_MOST_CACHE_POINTS = 4
_ALTERNATE = (
    "A conversation must alternate between user and assistant roles. "
    "Make sure the conversation alternates between user and assistant roles and try again."
)
_START = (
    "A conversation must start with a user message. Try again with a conversation that starts with a user message."
)


def read(body: bytes) -> dict[str, Any]:
    """The request, if it is one. Raises `Refused`."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        raise Refused("SerializationException") from None
    if not isinstance(request, dict):
        raise Refused("SerializationException", "The request body must be an object.")
    _check_shapes(request)
    _check_inference(request.get("inferenceConfig") or {})
    _check_tools(request.get("toolConfig"))
    _check_messages(request.get("messages") or [], request.get("toolConfig"))
    _check_cache_points(request)
    return request


def _constraint(value: Any, path: str, rule: str) -> Refused:
    return invalid(
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"
    )


def _check_shapes(request: dict[str, Any]) -> None:
    for path, kind in [
        ("messages", list), ("system", list), ("inferenceConfig", dict), ("toolConfig", dict), ("guardrailConfig", dict),
    ]:  # fmt: skip
        if not isinstance(request.get(path, kind()), kind):
            raise Refused("SerializationException", f"{path} must be {'a list' if kind is list else 'an object'}.")
    for number, block in enumerate(request.get("system") or []):
        if not isinstance(block, dict) or len(block) != 1:
            raise invalid(f"The system content block at system.{number} must have exactly one member.")
        if "text" in block and not str(block["text"]).strip():
            raise _constraint(block["text"], f"system.{number + 1}.member.text", "have length greater than or equal to 1")


def _check_inference(config: dict[str, Any]) -> None:
    most = config.get("maxTokens", 1)
    if not isinstance(most, int) or most < 1:
        raise _constraint(most, "inferenceConfig.maxTokens", "have value greater than or equal to 1")
    for name in ("temperature", "topP"):
        value = config.get(name, 0)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise _constraint(value, f"inferenceConfig.{name}", "have value between 0 and 1, inclusive")


def _check_tools(config: dict[str, Any] | None) -> None:
    if config is None:
        return
    tools = config.get("tools") or []
    if not tools:
        raise _constraint(tools, "toolConfig.tools", "have length greater than or equal to 1")
    names = []
    for number, tool in enumerate(tools):
        if "toolSpec" not in tool:
            continue
        spec, path = tool["toolSpec"], f"toolConfig.tools.{number + 1}.member.toolSpec"
        name = str(spec.get("name", ""))
        if not _TOOL_NAME.fullmatch(name):
            raise _constraint(name, f"{path}.name", "satisfy regular expression pattern: [a-zA-Z0-9_-]+")
        if spec.get("description") == "":
            raise _constraint("", f"{path}.description", "have length greater than or equal to 1")
        schema = (spec.get("inputSchema") or {}).get("json")
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise invalid(
                f"The value at toolConfig.tools.{number}.toolSpec.inputSchema.json.type must be one of the following: "
                "object."
            )
        names.append(name)
    if len(set(names)) != len(names):
        raise invalid("Tool names must be unique.")
    chosen = ((config.get("toolChoice") or {}).get("tool") or {}).get("name")
    if chosen is not None and chosen not in names:
        raise invalid(f"Tool '{chosen}' not found in provided tools")


def _check_messages(messages: list[dict[str, Any]], tool_config: dict[str, Any] | None) -> None:
    if not messages or messages[0].get("role") != "user":
        raise invalid(_START)
    asked: list[str] = []
    for number, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        if role not in ("user", "assistant"):
            raise _constraint(
                role, f"messages.{number + 1}.member.role", "satisfy enum value set: [user, assistant]"
            )
        if number and role == messages[number - 1]["role"]:
            raise invalid(_ALTERNATE)
        if not isinstance(content, list) or not content:
            raise invalid(
                f"The content field in the Message object at messages.{number} is empty. "
                "Add a ContentBlock object to the content field and try again."
            )
        for place, block in enumerate(content):
            _check_block(block, f"messages.{number}.content.{place}", role, tool_config)
        _check_results(content, asked, number)
        asked = [block["toolUse"]["toolUseId"] for block in content if "toolUse" in block]
    if messages[-1]["role"] != "user":
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _check_block(block: Any, path: str, role: str, tool_config: dict[str, Any] | None) -> None:
    if not isinstance(block, dict) or len(block) != 1:
        raise invalid(f"The ContentBlock object at {path} must set one of the following keys: text, toolUse, toolResult.")
    if "text" in block and not str(block["text"]).strip():
        raise invalid(
            f"The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again."
        )
    tool = block.get("toolUse") or block.get("toolResult")
    if tool is None:
        return
    if tool_config is None:
        raise invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    kind = "toolUse" if "toolUse" in block else "toolResult"
    if (kind == "toolUse") != (role == "assistant"):
        raise invalid(f"The {kind} block at {path} is not valid for role {role}.")
    if not _TOOL_USE_ID.fullmatch(str(tool.get("toolUseId", ""))):
        raise _constraint(
            tool.get("toolUseId"), f"{path}.{kind}.toolUseId", "satisfy regular expression pattern: [a-zA-Z0-9_.:-]+"
        )
    if kind == "toolUse":
        if not _TOOL_NAME.fullmatch(str(tool.get("name", ""))):
            raise _constraint(
                tool.get("name"), f"{path}.toolUse.name", "satisfy regular expression pattern: [a-zA-Z0-9_-]+"
            )
        if not isinstance(tool.get("input"), dict):
            raise invalid(
                f"The format of the value at {path}.toolUse.input is invalid. "
                "Provide a json object for the field and try again."
            )
    else:
        _check_result(tool, f"{path}.toolResult")


def _check_result(result: dict[str, Any], path: str) -> None:
    content = result.get("content")
    if not isinstance(content, list):
        raise _constraint(content, f"{path}.content", "not be null")
    if not content and result.get("status") == "error":
        raise invalid(f"The content field at {path} cannot be empty when status value is error.")
    for number, part in enumerate(content):
        if "text" in part and not str(part["text"]).strip():
            raise invalid(f"{path}.content.{number}: text content blocks must be non-empty")
        if "json" in part and not isinstance(part["json"], dict):
            raise invalid(
                f"The format of the value at {path}.content.{number}.json is invalid. "
                "Provide a json object for the field and try again."
            )


def _check_results(content: list[dict[str, Any]], asked: list[str], number: int) -> None:
    given = [block["toolResult"]["toolUseId"] for block in content if "toolResult" in block]
    missing = [one for one in asked if one not in given]
    if missing:
        raise invalid(
            f"Expected toolResult blocks at messages.{number}.content for the following Ids: {', '.join(missing)}"
        )
    if len(given) > len(asked):
        raise invalid(
            f"The number of toolResult blocks at messages.{number}.content exceeds the number of toolUse blocks of "
            "previous turn."
        )


def _check_cache_points(request: dict[str, Any]) -> None:
    blocks = [
        *((request.get("toolConfig") or {}).get("tools") or []),
        *(request.get("system") or []),
        *(block for message in request.get("messages") or [] for block in message["content"]),
    ]
    found = sum("cachePoint" in block for block in blocks)
    if found > _MOST_CACHE_POINTS:
        raise invalid(f"A maximum of {_MOST_CACHE_POINTS} blocks with cache_control may be provided. Found {found}.")
