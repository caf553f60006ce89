"""Builds requests to Bedrock's Converse, and reads what comes back."""

MODEL = "amazon.nova-lite-v1:0"
PROFILE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ANY_SCHEMA = {"type": "object", "properties": {}}


def user_turn(*content) -> dict:
    return {"role": "user", "content": [{"text": one} if isinstance(one, str) else one for one in content]}


def assistant_turn(*content) -> dict:
    return user_turn(*content) | {"role": "assistant"}


def tool_use(name: str = "look", use_id: str = "u1", **input_) -> dict:
    return {"toolUse": {"toolUseId": use_id, "name": name, "input": input_}}


def tool_result(use_id: str = "u1", text: str = "seen", status: str = "success") -> dict:
    return {"toolResult": {"toolUseId": use_id, "content": [{"text": text}], "status": status}}


def tools_of(must_use: str | None = None, **schemas: dict) -> dict:
    tools = [{"toolSpec": {"name": name, "inputSchema": {"json": schema}}} for name, schema in schemas.items()]
    return {"tools": tools} | ({"toolChoice": {"tool": {"name": must_use}}} if must_use else {})


def content_of(answer: dict) -> list[dict]:
    return answer["output"]["message"]["content"]


def error_of(refused) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
