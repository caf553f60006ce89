"""Holds the answers of two builds against each other, so that a change of structure or wording can prove itself.

    python3 bench/same_answers.py BEFORE AFTER

Both files hold what `nightshift simulate --format json` or `nightshift analyze --format json` printed: a JSON object a
line, in the same order. Wording may differ: a text that only people read has to be there in both, or in neither,
and a list of such texts has to be as long. Times of the analysis itself are left out. Everything else has to be the same.
Prints each difference by scenario and field; exits with 0 where there is none, 1 where there is one, and 2 where a file
cannot be read.
"""

import json
import sys
from pathlib import Path
from typing import Any

WORDING = frozenset({"sentence", "why", "faults", "evidence", "contradicts", "gaps"})
"""Fields whose text is for people. Their values are compared by how many they are, not by what they say."""

TIMES = frozenset({"elapsed_ms"})
"""Fields that differ from run to run."""


class UnreadableAnswers(Exception):
    """A file that holds no answers: its name and line, and what was expected there."""


def answers(path: Path) -> list[dict[str, Any]]:
    """The answers of one build, in order."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableAnswers(f"{path}: {error}") from error
    return [_answer(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _answer(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise UnreadableAnswers(f"{path}:{number}: expected a JSON object: {error}") from error
    if not isinstance(answer, dict):
        raise UnreadableAnswers(f"{path}:{number}: expected a JSON object, found {type(answer).__name__}")
    return answer


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """What differs between two builds' answers, a line each; empty where nothing does."""
    found = []
    if len(before) != len(after):
        found.append(f"{len(before)} answers before, {len(after)} after")
    for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
        name = old.get("scenario", f"line {number}")
        found += [f"{name}: {difference}" for difference in _different(without_wording(old), without_wording(new))]
    return found


def without_wording(value: Any) -> Any:
    """The same value with each text for people replaced by its shape, and without times."""
    if isinstance(value, list):
        return [without_wording(one) for one in value]
    if isinstance(value, dict):
        return {
            key: _shape(one) if key in WORDING else without_wording(one)
            for key, one in value.items()
            if key not in TIMES
        }
    return value


def _shape(value: Any) -> Any:
    if isinstance(value, list):
        return f"{len(value)} texts"
    return value if value is None else "a text"


def _different(old: Any, new: Any, field: str = "") -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(key for key in new if key not in old)]
        return [line for key in keys for line in _different(old.get(key), new.get(key), f"{field}.{key}".lstrip("."))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for place, (a, b) in pairs for line in _different(a, b, f"{field}[{place}]")]
    return [] if old == new else [f"{field}: {json.dumps(old)} before, {json.dumps(new)} after"]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("same_answers: expected two files: BEFORE AFTER", file=sys.stderr)
        return 2
    try:
        before, after = (answers(Path(argument)) for argument in arguments)
    except UnreadableAnswers as error:
        print(f"same_answers: {error}", file=sys.stderr)
        return 2
    found = differences(before, after)
    for line in found:
        print(line)
    print(f"{len(before)} answers compared, {len(found)} differences but for wording and times")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
