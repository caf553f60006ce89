"""Describes an incident's result, one line for each part."""

import re

from demo.result import Result, SecondAlarm, Verdict

# Of an ARN, up to the resource: short output leaves out service, region and account.
_BEFORE_RESOURCE = re.compile(r"arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:")
# Begins the last sentence of a cause downstream of the symptom.
_CALL_PATH = " Call path from the symptom:"

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


def short_cause(result: Result) -> str:
    """Without what the line `call path` shows."""
    return _BEFORE_RESOURCE.sub("", cause(result).partition(_CALL_PATH)[0])


def verdict(result: Result) -> str:
    """The last verdict, and who approved the plan."""
    if not result.verdicts:
        return "none: no action was proposed"
    last = result.verdicts[-1]
    if result.denied_by:
        return f"{last.action} denied by {result.denied_by} when asked ({_policies(last)})"
    asked = f"after approval by {result.approved_by}" if result.approved_by else "without approval"
    decided = {"allow": f"allowed {asked}", "ask": "waits for approval", "deny": "denied"}
    return f"{last.action} {decided.get(last.decision, last.decision)} ({_policies(last)})"


def _policies(verdict: Verdict) -> str:
    return f"policy {', '.join(verdict.policies) or 'none'}"


def second_alarm(second: SecondAlarm) -> str:
    actions = "no action of its own" if second.actions == 0 else f"{second.actions} actions of its own"
    return f"{second.alarm}: {_ENDINGS.get(second.resolution, second.resolution)}, {actions}"


def action(result: Result) -> str:
    if not result.actions:
        return "none: nothing in the account was changed"
    parts = [f"{one.action} ran: {one.status}" for one in result.actions]
    if result.is_undone and len(parts) > 1:
        parts[-1] = f"undone: {result.actions[-1].status}"
    if result.restored_after_seconds is not None:
        as_before = "undone" if result.is_undone else "as before" if result.after == result.before else "restored"
        parts.append(f"{as_before} {result.restored_after_seconds:.1f} s after the event")
    return "; ".join(parts)


def after(result: Result) -> str | None:
    """None where it is as before: then the line of the action says so."""
    return None if result.after == result.before else result.after


def permitted_by(result: Result) -> str:
    """The policies that permitted what was done, and who approved it."""
    permitted = [policy for one in result.verdicts if one.decision == "allow" for policy in one.policies]
    return ", ".join(dict.fromkeys(permitted)) or "-"
