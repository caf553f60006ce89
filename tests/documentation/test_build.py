"""The build script and the workspace agree on the profile of the functions."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROFILES = tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]


def test_profile_that_the_build_script_names_is_declared():
    (name,) = set(re.findall(r"--profile (\w+)", (ROOT / "infra/build.sh").read_text()))
    assert name in PROFILES


def test_functions_unwind_so_that_a_panic_is_a_reported_error():
    profile = PROFILES["function"]
    assert {**PROFILES[profile["inherits"]], **profile}["panic"] == "unwind"
