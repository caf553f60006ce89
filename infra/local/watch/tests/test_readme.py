"""The README says what the smoke test invokes, in its order."""

from demo.prerequisites import ROOT
from watch.samples import SAMPLES


def test_readme_invokes_what_the_smoke_test_invokes():
    lines = (ROOT / "README.md").read_text().splitlines()
    said = [line for line in lines if line.startswith("cargo lambda invoke ")]
    assert said == [sample.command([]) for sample in SAMPLES]
