"""Counts the tokens of a request that the service would have read from its cache, and written to it.

A cache point keeps all that comes before it, tools before system before messages, for five minutes from when it was
last read; below a model's least number of tokens it does nothing. What comes before is compared as it was written:
the same schema with its members in another order is another beginning.
https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

import hashlib
import json
import time
from collections.abc import Iterator

from local_aws.bedrock.conversation import Conversation, tokens

LEAST_TOKENS = 1024
_KEPT_SECONDS = 300.0


class PromptCache:
    def __init__(self) -> None:
        self._kept: dict[str, float] = {}

    def clear(self) -> None:
        self._kept.clear()

    def usage(self, account: str, conversation: Conversation, said: str) -> dict[str, int]:
        """As `usage` of the answer that says this."""
        now = time.monotonic()
        read = written = 0
        for beginning in _beginnings(conversation):
            size = tokens(beginning)
            if size < LEAST_TOKENS:
                continue
            key = hashlib.sha256(f"{account} {conversation.model} {beginning}".encode()).hexdigest()
            if self._kept.get(key, 0.0) > now:
                read, written = size, 0
            else:
                written = size - read
            self._kept[key] = now + _KEPT_SECONDS
        total = tokens("".join(_pieces(conversation)))
        output = tokens(said)
        return {
            "inputTokens": max(0, total - read - written),
            "outputTokens": output,
            "totalTokens": total + output,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": written,
        }


def _beginnings(conversation: Conversation) -> Iterator[str]:
    so_far = ""
    for piece in _pieces(conversation):
        if piece.startswith('{"cachePoint"'):
            yield so_far
        else:
            so_far += piece


def _pieces(conversation: Conversation) -> Iterator[str]:
    body = conversation.body
    for block in (body.get("toolConfig") or {}).get("tools") or []:
        yield json.dumps(block)
    for block in body.get("system") or []:
        yield json.dumps(block)
    for message in conversation.messages:
        for block in message["content"]:
            yield json.dumps(block)
