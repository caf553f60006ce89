"""The second opinion of a language model, or of what answered in its place."""

import json
from dataclasses import dataclass
from typing import Any

from local_aws import LocalAws

# How the local AWS names the answer of its stand-in, given where it has no script and no model server.
STAND_IN = "rules"
_MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class SecondOpinion:
    bundle: str
    """The prompts, models and limits, by name and hash."""
    verdict: str
    reason: str
    requests: int
    tool_calls: int
    tokens_in: int
    tokens_out: int
    dollars: float
    answered_by: frozenset[str]

    @classmethod
    def of(cls, use: dict[str, Any], answered: frozenset[str]) -> "SecondOpinion":
        """From the `model` field of `nightshift show --format json`."""
        usage, verdict = use["usage"], use["verdict"]
        return cls(
            bundle=use["bundle"],
            verdict=verdict["type"],
            reason=verdict.get("reason", ""),
            requests=use["requests"],
            tool_calls=use["tool_calls"],
            tokens_in=usage["input"] + usage["cache_read"] + usage["cache_write"],
            tokens_out=usage["output"],
            dollars=use["cost"] / _MILLIONTHS,
            answered_by=answered,
        )

    def summary(self) -> str:
        if self.answered_by == {STAND_IN}:
            return "second opinion: abstained (no model here, and the local stand-in always abstains)"
        return f"second opinion: {self.verdict}"

    def lines(self) -> list[str]:
        """The opinion for people."""
        answer = f"{self.verdict}: {self.reason}" if self.reason else self.verdict
        lines = [f"asked with prompts {self.bundle}, because playbooks and engine were not sure; answer: {answer}"]
        if self.answered_by == {STAND_IN}:
            lines.append("No model was involved: the local AWS's stand-in answered, which always abstains.")
        lines.append(
            f"{self.requests} requests, {self.tool_calls} tool calls, {self.tokens_in:,} tokens in, {self.tokens_out:,} "
            f"out; ${self.dollars:.4f} at list prices; nothing is charged here (`nightshift trace` shows each step)"
        )
        return lines


def answered_by(aws: LocalAws, incident_id: str) -> frozenset[str]:
    """Names who answered the requests about this incident."""
    asked = aws.model_requests()
    return frozenset(one["answeredBy"] for one in asked if incident_id in json.dumps(one["request"]))
