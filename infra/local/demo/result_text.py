"""Describes how an incident ended, a line for each of its parts."""

import re

from demo.result import Result

# Of an ARN, up to the resource: short output leaves out service, region and account.
_BEFORE_RESOURCE = re.compile(r"arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:")

_ENDINGS = {
    "by_nightshift": "resolved",
    "by_itself": "recovered by itself",
    "escalated": "handed over",
    "none": "not ended",
}


def ending(result: Result) -> str:
    return _ENDINGS.get(result.resolution, result.resolution.replace("_", " "))


def cause(result: Result) -> str:
    return result.cause or "none found"


def cause_in_short(result: Result) -> str:
    return _BEFORE_RESOURCE.sub("", cause(result))


def verdict(result: Result) -> str:
    """The last one, and whose approval came before it."""
    if not result.verdicts:
        return "none needed: no action was proposed"
    last = result.verdicts[-1]
    asked = f"after approval by {result.approved_by}" if result.approved_by else "without asking anybody"
    decided = {"allow": f"allowed {asked}", "ask": "waits for a person's approval", "deny": "denied"}
    policies = ", ".join(last.policies) or "none"
    return f"{last.action} {decided.get(last.decision, last.decision)} (policy {policies})"


def action(result: Result) -> str:
    if not result.actions:
        return "none: nothing in the account was changed"
    parts = [f"{one.action} ran: {one.status}" for one in result.actions]
    if result.mended_after_seconds is not None:
        parts.append(f"fixed {result.mended_after_seconds:.1f} s after the event")
    return "; ".join(parts)


def after(result: Result) -> str:
    is_untouched = not result.is_mending_expected and result.after == result.before
    return "as before" if is_untouched else result.after


def permitted_by(result: Result) -> str:
    """The policies that permitted what was done, and who approved it."""
    permitted = [policy for one in result.verdicts if one.decision == "allow" for policy in one.policies]
    return ", ".join(dict.fromkeys(permitted)) or "-"
