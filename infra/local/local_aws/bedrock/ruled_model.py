"""Answers by a rule if there is no script: it is no model, and says so.

It gives each tool that it must use the least that the tool's schema takes: nothing found, nothing claimed.
"""

from typing import Any

from local_aws.bedrock.conversation import Conversation

REASON = "no model here: the local stand-in has no script"
# What a schema may call it not to say what the cause is; the first that it knows is taken.
_ABSTENTIONS = ("abstained", "abstain", "abstention", "inconclusive", "nothing", "none", "no", "unknown", "low")
# The tools that an investigation ends with.
_ENDINGS = ("submit_diagnosis", "report_line")
_DEEPEST = 12


def answer(conversation: Conversation) -> list[dict[str, Any]]:
    """Content blocks, `toolUse` without an id."""
    tools = conversation.tools
    chosen = conversation.must_use
    if chosen is None:
        chosen = next((name for name in _ENDINGS if name in tools), None)
    if chosen is None and "any" in ((conversation.body.get("toolConfig") or {}).get("toolChoice") or {}):
        chosen = next(iter(tools), None)
    if chosen is None:
        return [{"text": REASON}]
    schema = tools[chosen]
    return [{"toolUse": {"name": chosen, "input": _least(schema, schema, _DEEPEST)}}]


def _least(schema: Any, root: dict[str, Any], depth: int) -> Any:
    """The least value that the schema takes, and that claims nothing."""
    if not isinstance(schema, dict) or depth == 0:
        return {}
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if values := schema.get("enum"):
        return next((word for word in _ABSTENTIONS if word in values), None if None in values else values[0])
    for name in ("oneOf", "anyOf"):
        if options := schema.get(name):
            return _least(min(options, key=lambda option: _rank(_resolved(option, root), root)), root, depth - 1)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = "null" if "null" in kind else kind[0]
    if kind == "object" or "properties" in schema:
        properties, required = schema.get("properties") or {}, schema.get("required") or []
        return {name: _least(properties.get(name, {}), root, depth - 1) for name in required}
    if kind == "array":
        return [_least(schema.get("items", {}), root, depth - 1)] * schema.get("minItems", 0)
    if kind in ("number", "integer"):
        return schema.get("minimum", 0)
    return {"string": REASON[: schema.get("maxLength")], "boolean": False, "null": None}.get(kind, {})


def _rank(option: dict[str, Any], root: dict[str, Any]) -> tuple[int, int]:
    """Lower is better: nothing at all, then what abstains in any of its constants, then what needs least."""
    if option.get("type") == "null":
        return 0, 0
    words = [
        word
        for member in (option.get("properties") or {}).values()
        for word in [_resolved(member, root).get("const"), *(_resolved(member, root).get("enum") or [])]
        if isinstance(word, str)
    ]
    places = [_ABSTENTIONS.index(word) for word in words if word in _ABSTENTIONS]
    return 1 + min(places, default=len(_ABSTENTIONS)), len(option.get("required") or [])


def _resolved(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    """Itself, or what its `$ref` within the same schema names."""
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for part in reference[2:].split("/"):
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
