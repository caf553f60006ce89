"""One local AWS, with Nightshift and petshop in it, for all tests of one process.

No test needs another one's traces: each breaks a resource of its own. So they may share their work: `-n 2 --dist loadfile`.
What is judged by all that happened to petshop within the hour has an account of its own (`untouched`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import permission_record
import pytest

from scene import Scene, set_up

_RAN = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-permissions", type=Path, metavar="FOLDER",
        help="write down there what the stack's roles may do and did, for tests/least_privilege",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RAN] = set()


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[_RAN].add(item.path.name)


@pytest.fixture(scope="session")
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with _recorded(request.config, tmp_path_factory, "end-to-end") as scene:
        yield scene


@pytest.fixture(scope="module")
def untouched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The scene of the module alone: nobody else's change to petshop is a rival of those that it makes."""
    with _recorded(request.config, tmp_path_factory, request.path.stem) as scene:
        yield scene


@contextmanager
def _recorded(config: pytest.Config, tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Scene]:
    with set_up(tmp_path_factory.mktemp(name)) as scene:
        yield scene
        if folder := config.option.record_permissions:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "only")
            permission_record.write(scene, folder / f"{worker}-{name}.json", config.stash[_RAN])
