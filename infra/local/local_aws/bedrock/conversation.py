"""A Converse request, as far as scripts, rules and counts need to look into it."""

import json
from dataclasses import dataclass
from typing import Any

# Roughly what English text has. AWS's own counts are each model's secret.
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Conversation:
    model: str
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body.get("messages") or []

    @property
    def turn(self) -> int:
        """1 for the first answer, 2 for the one after it, …"""
        return 1 + sum(message["role"] == "assistant" for message in self.messages)

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """The JSON schema of each tool's input, by the tool's name."""
        entries = (self.body.get("toolConfig") or {}).get("tools") or []
        specs = [entry["toolSpec"] for entry in entries if "toolSpec" in entry]
        return {spec["name"]: (spec.get("inputSchema") or {}).get("json") or {} for spec in specs}

    @property
    def must_use(self) -> str | None:
        """The tool that the answer has to be given with, where it is one certain tool."""
        choice = (self.body.get("toolConfig") or {}).get("toolChoice") or {}
        return (choice.get("tool") or {}).get("name")

    @property
    def text(self) -> str:
        """All that is said in it, line by line: by the system, by both sides, by tools and to them."""
        blocks = [*(self.body.get("system") or []), *(block for message in self.messages for block in message["content"])]
        return "\n".join(text for block in blocks for text in _texts(block))

    def last_user_text(self) -> str:
        return "\n".join(block["text"] for block in self.messages[-1]["content"] if "text" in block)


def _texts(block: dict[str, Any]):
    if "text" in block:
        yield block["text"]
    if use := block.get("toolUse"):
        yield f"{use['name']} {json.dumps(use['input'], ensure_ascii=False)}"
    for part in (block.get("toolResult") or {}).get("content") or []:
        yield part["text"] if "text" in part else json.dumps(part.get("json"), ensure_ascii=False)


def tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
