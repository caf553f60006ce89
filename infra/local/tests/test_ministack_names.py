"""The corrections fit the MiniStack that is installed, and one that they do not fit is refused by name."""

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from local_aws import ministack_names
from local_aws.ministack_names import Incompatible, Name

_PACKAGE = Path(ministack_names.__file__).parent
_FILES = sorted(_PACKAGE.rglob("*.py"))
# Starts as `python -m local_aws.launcher` does, on a MiniStack from which one name is gone.
_LAUNCH_WITHOUT = """
import sys
import ministack.services.ssm
del ministack.services.ssm.handle_request
from local_aws import launcher
launcher.main()
"""


def test_installed_version_has_every_patched_name():
    ministack_names.check()
    assert len(ministack_names.ALL) > 30


def test_missing_names_are_all_told_with_the_versions():
    gone = [Name("ministack.services.ssm", "_gone"), Name("ministack.services.ecs", "_ACTION_MAP", "Gone")]
    with pytest.raises(Incompatible) as raised:
        ministack_names.check([*ministack_names.ALL, *gone])
    version = metadata.version("ministack")
    assert str(raised.value) == (
        f"MiniStack {version} lacks ministack.services.ssm._gone, ministack.services.ecs._ACTION_MAP['Gone'], which the "
        f"local AWS patches: expected version {version}, found {version}. `make setup` installs the expected one."
    )


def test_missing_name_ends_the_emulator_before_it_serves():
    lifeline, held = os.pipe()
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _LAUNCH_WITHOUT, str(lifeline)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"},
            pass_fds=(lifeline,),
            start_new_session=True,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(lifeline)
        os.close(held)
    assert ended.returncode == 1
    assert "lacks ministack.services.ssm.handle_request, " in ended.stderr


def test_replacing_a_name_that_is_gone_is_refused():
    with pytest.raises(Incompatible, match="ministack.services.ssm._gone"):
        Name("ministack.services.ssm", "_gone").replace(None)


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(_PACKAGE)))
def test_nothing_is_patched_past_the_declared_names(file):
    assigned = [f"{name}, line {line}" for name, line, is_assigned in _names_of_ministack(file) if is_assigned]
    assert assigned == []


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(_PACKAGE)))
def test_installed_version_has_every_name_that_is_read(file):
    assert [f"{name}, line {line}" for name, line, _ in _names_of_ministack(file) if not _exists(name)] == []


def _names_of_ministack(file: Path) -> Iterator[tuple[str, int, bool]]:
    """Each name that the file takes from MiniStack's modules, its line, and whether it is assigned to."""
    tree = ast.parse(file.read_text())
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {one.asname: one.name for one in node.names if one.asname and one.name.startswith("ministack")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"):
            for one in node.names:
                name = f"{node.module}.{one.name}"
                modules[one.asname or one.name] = name
                yield name, node.lineno, False
    entries = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            is_assigned = isinstance(node.ctx, ast.Store) or id(node) in entries
            yield f"{modules[node.value.id]}.{node.attr}", node.lineno, is_assigned


def _exists(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute) or importlib.import_module(name) is not None
    except ImportError:
        # An attribute of something that is itself no module, such as a method of a table.
        owner, _, table = module.rpartition(".")
        return hasattr(getattr(importlib.import_module(owner), table, None), attribute)
