"""The ledger takes a tenth of an hour of a storm, and a burst: 100 incidents with ten records each, and 50 records at once."""

import re
import subprocess

from demo.prerequisites import find_build
from scene import Scene


def test_no_append_fails_and_every_chain_holds(scene: Scene) -> None:
    load = find_build().cli.parent / "examples" / "ledger_load"
    ended = subprocess.run(
        [load, scene.outputs["TableName"], "100", "10", "50"],
        env=scene.aws.environment(None),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    print(ended.stdout)
    stored, burst = (float(seconds) for seconds in re.findall(r"in (\d+\.\d) s", ended.stdout))
    # Six minutes is what a storm leaves for a tenth of its hour.
    assert stored < 360
    assert burst < 30
