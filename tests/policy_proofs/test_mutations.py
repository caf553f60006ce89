"""Every default policy that asks or forbids is needed: without it an invariant is refuted."""

from pathlib import Path

import pytest

from policies import copy_of_default, ids, prove, remove

POLICIES = [(file, policy) for file in ("asks.cedar", "forbid.cedar") for policy in ids(file)]


@pytest.mark.parametrize(("file", "policy"), POLICIES, ids=[policy for _, policy in POLICIES])
def test_without_a_policy_an_invariant_is_refuted(tmp_path: Path, file: str, policy: str):
    folder = copy_of_default(tmp_path / "policies")
    remove(folder, file, policy)
    results = {one["id"]: one["result"] for one in prove(folder)["invariants"]}
    assert "refuted" in results.values()
    assert set(results.values()) == {"proved", "refuted"}


def test_policies_are_found():
    assert len(POLICIES) > 35
