"""One local AWS, with Nightshift and petshop in it, for all tests.

No test needs another one's traces: each breaks a resource of its own. Only the test of permissions wants to know what
the others used, so it comes last, and only where they all ran.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scene import Scene, set_up

_LAST = "test_permissions.py"
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == _LAST)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with set_up(tmp_path_factory.mktemp("end-to-end")) as scene:
        yield scene


@pytest.fixture(scope="session")
def everything_ran(request: pytest.FixtureRequest) -> None:
    """Skips where only a selection of the tests was asked for."""
    collected = {item.path.name for item in request.session.items}
    if {path.name for path in _HERE.glob("test_*.py")} - collected or request.config.option.keyword:
        pytest.skip("says something only when all other tests ran before it")
