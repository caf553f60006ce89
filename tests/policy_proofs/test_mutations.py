"""Every default policy that asks or forbids is needed: without it an invariant is refuted."""

import re
import tomllib
from pathlib import Path

import pytest

from policies import DEFAULT, copy_of_default, ids, prove, remove

POLICIES = [(file, policy) for file in ("asks.cedar", "forbid.cedar") for policy in ids(file)]
INVARIANTS = tomllib.loads((DEFAULT / "default.invariants.toml").read_text())["invariant"]


def _facts(text: str) -> set[str]:
    return set(re.findall(r"context(?:\.| has )(\w+)", text)) - {"approved", "undo"}


def _about(policy: str) -> list[dict]:
    """The invariants that name a fact of the policy, so that not all are proved anew for each; of no fact those without."""
    facts = _facts(policy)
    return [one for one in INVARIANTS if facts & _facts(one["never_allow_when"]) or facts == _facts(one["never_allow_when"])]


def _written(invariant: dict) -> str:
    whatever = str(invariant.get("whatever_is_permitted", False)).lower()
    return (
        f"[[invariant]]\nid = '{invariant['id']}'\nclaim = '''{invariant['claim']}'''\n"
        f"never_allow_when = '''{invariant['never_allow_when']}'''\nwhatever_is_permitted = {whatever}\n"
    )


@pytest.mark.parametrize(("file", "policy"), POLICIES, ids=[policy for _, policy in POLICIES])
def test_without_a_policy_an_invariant_is_refuted(tmp_path: Path, file: str, policy: str):
    folder = copy_of_default(tmp_path / "policies")
    removed = remove(folder, file, policy)
    (folder / "default.invariants.toml").write_text("\n".join(map(_written, _about(removed))))
    results = {one["id"]: one["result"] for one in prove(folder)["invariants"]}
    assert "refuted" in results.values()
    assert set(results.values()) <= {"proved", "refuted"}


def test_policies_are_found():
    assert len(POLICIES) > 35
