"""The part of JSONPath that our documents select API responses with.

`$.a.b`, `$.a[0].b`, `$.a[*].b` and `$.a..b`. A path with `*` or `..` selects a list;
any other one selects exactly one value or nothing.
"""

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"\.\.(?P<deep>[A-Za-z_][\w-]*)|\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<index>\d+)\]|\[(?P<all>\*)\]")


class BadSelector(ValueError):
    """The selector is outside of the part of JSONPath that is known here."""


class NothingSelected(LookupError):
    """The response has nothing at that path."""


@dataclass(frozen=True)
class Selector:
    text: str
    tokens: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> "Selector":
        if not isinstance(text, str) or not text.startswith("$"):
            raise BadSelector(f"selector {text!r} should start with $, as in $.Parameter.Version")
        tokens, position = [], 1
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise BadSelector(
                    f"selector {text!r} cannot be read from {text[position:]!r} on; "
                    "known are .name, [0], [*] and ..name"
                )
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()
        return cls(text, tuple(tokens))

    def select(self, response: Any) -> Any:
        """Raises `NothingSelected`."""
        found = [response]
        for kind, value in self.tokens:
            found = [child for node in found for child in _children(node, kind, value)]
        if any(kind in ("deep", "all") for kind, _ in self.tokens):
            return found
        if not found:
            raise NothingSelected(f"nothing is at {self.text} in the response")
        return found[0]


def _children(node: Any, kind: str, value: str) -> list[Any]:
    if kind == "name":
        return [node[value]] if isinstance(node, dict) and value in node else []
    if kind == "index":
        return [node[int(value)]] if isinstance(node, list) and int(value) < len(node) else []
    if kind == "all":
        return list(node) if isinstance(node, list) else []
    return _descendants(node, value)


def _descendants(node: Any, name: str) -> list[Any]:
    found = []
    if isinstance(node, dict):
        if name in node:
            found.append(node[name])
        children = list(node.values())
    elif isinstance(node, list):
        children = node
    else:
        return []
    for child in children:
        found.extend(_descendants(child, name))
    return found
