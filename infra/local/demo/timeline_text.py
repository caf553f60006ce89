"""Describes a ledger record in one line."""

from collections.abc import Callable
from typing import Any

from demo.nightshift import Entry

Content = dict[str, Any]
_DECIDED = {"allow": "allowed", "deny": "denied"}


def describe(entry: Entry) -> str:
    text = _DESCRIBE.get(entry.kind)
    return f"#{entry.sequence} " + (text(entry.content) if text else entry.kind.replace("_", " "))


def _short(plan_hash: str) -> str:
    return plan_hash[:12]


def _judged(content: Content) -> str:
    verdict = content["verdict"]
    policies = ", ".join(policy["id"] for policy in verdict["policies"]) or "none"
    subject = f"{content['action']} on {content['target']}"
    if verdict["decision"] == "ask":
        return f"judged: {subject} needs approval first (policy: {policies})"
    return f"judged: {_DECIDED.get(verdict['decision'], verdict['decision'])} {subject} (policy: {policies})"


_DESCRIBE: dict[str, Callable[[Content], str]] = {
    "diagnosed": lambda content: f"diagnosed: {content['summary']}",
    "judged": _judged,
    "proposal_refused": lambda content: f"refused {content['action']} on {content['target']}: {content['reason']}",
    "approval_requested": lambda content: (
        f"asked for approval of plan {_short(content['plan_hash'])}, until {content['expires_at']}"
    ),
    "approval_given": lambda content: f"plan {_short(content['plan_hash'])} approved by {content['by']}",
    "approval_refused": lambda content: f"plan {_short(content['plan_hash'])} refused by {content['by']}",
    "approval_expired": lambda content: f"the approval of plan {_short(content['plan_hash'])} expired",
    "action_intended": lambda content: f"about to {content['action']} {content['target']}",
    "action_started": lambda content: f"automation {content['execution_id']} started",
    "action_ended": lambda content: (
        f"automation {content['execution_id']}: {content['status']}" + (f", {content['reason']}" if content["reason"] else "")
    ),
    "verified": lambda content: f"verified: {content['result']}, {content['summary']}",
    "ended": lambda content: f"ended: {content['outcome']['resolution']}, {content['outcome']['reason']}",
    "notification_intended": lambda content: f"sending to {content['channel']}: {content['subject']}",
    "notification_delivered": lambda content: f"{content['channel']} accepted message {content['message_id']}",
    "notification_failed": lambda content: f"{content['channel']} did not accept it: {content['reason']}",
}
