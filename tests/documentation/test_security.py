"""Every test that docs/security.md rests a claim on is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NAMED = sorted(set(re.findall(r"`((?:tests|infra)/[\w/]+\.(?:py|rs))::(\w+)`", (ROOT / "docs/security.md").read_text())))


@pytest.mark.parametrize(("file", "test"), _NAMED, ids=[test for _, test in _NAMED])
def test_named_test_is_there(file: str, test: str) -> None:
    assert re.search(rf"^(?:async )?(?:fn|def) {test}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_claims_name_tests() -> None:
    assert len(_NAMED) > 10
