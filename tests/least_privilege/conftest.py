"""Reads what the end-to-end tests wrote down about the stack's roles."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

_END_TO_END = Path(__file__).parents[1] / "end_to_end"


@dataclass(frozen=True)
class Role:
    """Actions, by all scenes together."""

    granted: frozenset[str]
    used: frozenset[str]
    denied: frozenset[str]
    """Those that no test took away on purpose."""
    granted_kinds: frozenset[str]
    """Actions on kinds of items, each as `dynamodb:PutItem PLAN`."""
    used_kinds: frozenset[str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--permissions", type=Path, metavar="FOLDER",
        help="what the end-to-end tests wrote down with --record-permissions",
    )  # fmt: skip


@pytest.fixture(scope="session")
def roles(request: pytest.FixtureRequest) -> dict[str, Role]:
    """By logical id. Fails where not all end-to-end tests ran: what the others would have used is not known then."""
    folder = request.config.option.permissions
    assert folder, "--permissions FOLDER is missing: what the end-to-end tests wrote down with --record-permissions"
    scenes = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    ran = {name for scene in scenes for name in scene["ran"]}
    missing = {path.name for path in _END_TO_END.glob("test_*.py")} - ran
    assert not missing, f"{folder}: not written down while these ran: {sorted(missing)}"
    logical_ids = {logical_id for scene in scenes for logical_id in scene["roles"]}
    return {
        logical_id: Role(*(
            frozenset(action for scene in scenes for action in scene["roles"][logical_id][kind])
            for kind in ("granted", "used", "denied", "granted_kinds", "used_kinds")
        ))
        for logical_id in logical_ids
    }  # fmt: skip
