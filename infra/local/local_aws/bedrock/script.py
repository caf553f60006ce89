"""A script: what the stand-in answers to which requests. The README has its format.

The first case that fits a request and is not used up answers it. A script that is wrong is refused as a whole, with
the case and the member that are wrong.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from local_aws.automation.substitution import references, substitute
from local_aws.bedrock.conversation import Conversation
from local_aws.bedrock.errors import STATUSES_AND_MESSAGES

_WHEN = frozenset({"when", "unless", "model", "offers", "must_use", "turn", "find", "times"})
_SPOKEN = frozenset({"say", "use", "content", "fill", "stop", "usage", "cut"})
_BROKEN = frozenset({"fail", "hang", "body"})
_USED = frozenset({"name", "input", "id"})


class ScriptError(ValueError):
    """The script is none; the message names the case and says what is right."""


@dataclass
class Case:
    number: int
    content: dict[str, Any]
    left: int | None = None
    """The number of answers left; `None` is no limit."""
    patterns: dict[str, re.Pattern] = field(default_factory=dict)

    def found_in(self, conversation: Conversation) -> dict[str, str] | None:
        """The values found in the request, if the case fits."""
        case, text = self.content, conversation.text
        fits = (
            self.left != 0
            and all(word in text for word in _texts(case.get("when")))
            and not any(word in text for word in _texts(case.get("unless")))
            and case.get("model", "") in conversation.model
            and case.get("offers", None) in (None, *conversation.tools)
            and case.get("must_use", conversation.must_use) == conversation.must_use
            and case.get("turn", conversation.turn) == conversation.turn
        )
        if not fits:
            return None
        matches = {name: pattern.search(text) for name, pattern in self.patterns.items()}
        if not all(matches.values()):
            return None
        return {name: match[1] if match.re.groups else match[0] for name, match in matches.items()}


class Script:
    def __init__(self) -> None:
        self._cases: list[Case] = []
        self._lock = threading.Lock()

    def load(self, text: str | bytes) -> None:
        """Instead of what was there. YAML, and so JSON. Raises `ScriptError`."""
        try:
            cases = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ScriptError(f"the script is not YAML: {error}") from None
        if not isinstance(cases or [], list):
            raise ScriptError("the script must be a list of cases")
        read = [_read(number, case) for number, case in enumerate(cases or [], 1)]
        with self._lock:
            self._cases = read

    def clear(self) -> None:
        with self._lock:
            self._cases = []

    def cases(self) -> list[dict[str, Any]]:
        with self._lock:
            return [case.content for case in self._cases]

    def answer(self, conversation: Conversation) -> tuple[int, dict[str, Any]] | None:
        """The number of the case that answers, and its answer; `None` where none fits."""
        with self._lock:
            for case in self._cases:
                found = case.found_in(conversation)
                if found is None:
                    continue
                if case.left is not None:
                    case.left -= 1
                answer = {name: value for name, value in case.content.items() if name not in _WHEN}
                return case.number, substitute(answer, found)
        return None


def _texts(value: str | list[str] | None) -> Iterable[str]:
    return [value] if isinstance(value, str) else value or []


def _read(number: int, case: Any) -> Case:
    def wrong(why: str) -> ScriptError:
        return ScriptError(f"case {number} of the script: {why}")

    if not isinstance(case, dict):
        raise wrong("must be an object")
    if unknown := case.keys() - _WHEN - _SPOKEN - _BROKEN:
        known = ", ".join(sorted(_WHEN | _SPOKEN | _BROKEN))
        raise wrong(f"{', '.join(sorted(unknown))}: no such member; there are {known}")
    broken, spoken = case.keys() & _BROKEN, case.keys() & _SPOKEN
    if len(broken) > 1 or (broken and spoken):
        raise wrong(f"{', '.join(sorted(broken | spoken))} do not go together")
    if not broken and not case.keys() & {"say", "use", "content", "fill"}:
        raise wrong(f"has no answer: expected one of say, use, content, fill, {', '.join(sorted(_BROKEN))}")
    _check_members(case, wrong)
    try:
        patterns = {name: re.compile(pattern) for name, pattern in (case.get("find") or {}).items()}
    except (re.error, TypeError) as error:
        raise wrong(f"find: {error}") from None
    answer = {name: value for name, value in case.items() if name not in _WHEN}
    if absent := set(references(answer)) - patterns.keys():
        raise wrong(f"{{{{ {sorted(absent)[0]} }}}} is not in find")
    return Case(number, case, case.get("times"), patterns)


def _check_members(case: dict[str, Any], wrong) -> None:
    for name in ("when", "unless"):
        if name in case and not all(isinstance(word, str) for word in _texts(case[name])):
            raise wrong(f"{name} must be a text or a list of texts")
    for name in ("model", "offers", "must_use", "say", "stop", "body"):
        if not isinstance(case.get(name, ""), str):
            raise wrong(f"{name} must be a text")
    for name, least in (("turn", 1), ("times", 1), ("fill", 1)):
        value = case.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise wrong(f"{name} must be a number from {least}")
    for name in ("hang", "cut"):
        if case.get(name, True) is not True:
            raise wrong(f"{name} must be true")
    if not isinstance(case.get("find", {}), dict):
        raise wrong("find must be an object of regular expressions by name")
    if not isinstance(case.get("content", []), list):
        raise wrong("content must be a list of content blocks")
    if not isinstance(case.get("usage"), dict | None):
        raise wrong("usage must be an object, or null for an answer without one")
    for use in used(case):
        if not isinstance(use, dict) or not isinstance(use.get("name"), str) or use.keys() - _USED:
            raise wrong("use must be {name, input, id}, or a list of them; name is a tool's")
    if "fail" in case and error_of(case)[0] not in STATUSES_AND_MESSAGES:
        raise wrong(f"fail must be, or have as its error, one of {', '.join(STATUSES_AND_MESSAGES)}")


def used(answer: dict[str, Any]) -> list[Any]:
    use = answer.get("use") or []
    return use if isinstance(use, list) else [use]


def error_of(answer: dict[str, Any]) -> tuple[str, str | None]:
    """Its name and, where the script has some, its words."""
    fail = answer["fail"]
    if isinstance(fail, dict):
        return str(fail.get("error")), fail.get("message")
    return str(fail), None
