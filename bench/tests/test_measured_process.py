import os
import sys

import pytest

from engine import measured_process
from engine.measured_process import CommandFailed


def _python(code):
    return [sys.executable, "-c", code]


def test_run_feeds_and_keeps_what_is_said(tmp_path):
    answer = tmp_path / "answer"
    code = "import sys; print(len(sys.stdin.read()))"
    measured_process.run(_python(code), stdin=lambda pipe: pipe.write(b"x" * 100_000), stdout=answer)
    assert answer.read_text() == "100000\n"


def test_run_measures_the_peak_of_the_command_and_not_of_its_parent():
    kept = bytearray(200_000_000)
    small = measured_process.run(_python("import time; time.sleep(0.2)"))
    large = measured_process.run(_python("import time; kept = bytearray(b'x') * 100_000_000; time.sleep(0.2)"))
    assert small.peak_bytes < 50_000_000 < 100_000_000 < large.peak_bytes < 150_000_000
    assert small.seconds > 0.2 and len(kept)


def test_run_pins_to_one_processor(tmp_path):
    core = max(os.sched_getaffinity(0))
    answer = tmp_path / "answer"
    measured_process.run(_python("import os; print(os.sched_getaffinity(0))"), stdout=answer, core=core)
    assert answer.read_text() == f"{{{core}}}\n"


def test_run_that_fails_says_what_the_command_said():
    with pytest.raises(CommandFailed, match="exit code 3: no such thing"):
        measured_process.run(_python("import sys; print('no such thing', file=sys.stderr); sys.exit(3)"))


def test_run_that_does_not_read_its_input_is_no_failure():
    measured_process.run(_python("pass"), stdin=lambda pipe: pipe.write(b"x" * 10_000_000))
