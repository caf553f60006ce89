"""The second opinion of a language model, and who answered in its place."""

import json
from dataclasses import dataclass
from typing import Any

from local_aws import LocalAws

# As the local AWS says who answered where it had no script and no server to ask.
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
        """From what `nightshift show --format json` has of it."""
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

    def in_short(self) -> str:
        if self.answered_by == {STAND_IN}:
            return "asked for a second opinion; a stand-in answered that always abstains"
        return f"asked for a second opinion: {self.verdict}"

    def told(self) -> list[str]:
        """For people, a line each."""
        said = f"{self.verdict}: {self.reason}" if self.reason else self.verdict
        lines = [f"asked with prompts {self.bundle}, because playbooks and engine left doubt; {said}"]
        if self.answered_by == {STAND_IN}:
            lines.append("There is no model here: the local AWS's stand-in answered, whose rule is to abstain.")
        lines.append(
            f"{self.requests} requests, {self.tool_calls} tool calls, {self.tokens_in:,} tokens in, {self.tokens_out:,} "
            f"out; ${self.dollars:.4f} at list prices, which nobody pays here (`nightshift trace` shows each step)"
        )
        return lines


def answered_by(aws: LocalAws, incident_id: str) -> frozenset[str]:
    """Names who answered the requests about this incident."""
    asked = aws.model_requests()
    return frozenset(one["answeredBy"] for one in asked if incident_id in json.dumps(one["request"]))
