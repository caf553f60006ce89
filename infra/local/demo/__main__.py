"""The demo from beginning to end: `python -m demo`, with infra/local on PYTHONPATH; VERBOSE=1 prints every step."""

import logging
import os
import signal
import sys
import time
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from demo import summary
from demo.incidents import ALL
from demo.narrator import Narrator
from demo.prerequisites import Missing
from demo.stage import Stage
from demo.verbose_narrator import VerboseNarrator
from demo.waiting import TookTooLong
from local_aws import DeployFailed, EmulatorDidNotStart

INTERRUPTED = 130


def main() -> int:
    is_verbose = os.environ.get("VERBOSE", "0") not in ("", "0")
    narrator = VerboseNarrator() if is_verbose else Narrator()
    # Warnings of petshop's load generator say nothing about Nightshift.
    logging.basicConfig(level=logging.WARNING if is_verbose else logging.CRITICAL)
    # So that SIGTERM leaves through the `with` block too, and nothing stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    started = time.monotonic()
    try:
        with Stage(narrator) as stage:
            results = []
            for number, incident in enumerate(ALL, start=1):
                narrator.incident(number, len(ALL), incident.TITLE)
                result = incident.run(stage)
                narrator.result(result)
                results.append(result)
            audit = replace(
                stage.nightshift.verify_audit(), tampering_found=stage.nightshift.verify_tampered_copy()
            )
            narrator.audit(audit)
            seconds = time.monotonic() - started
            return summary.conclude(narrator, results, audit, seconds)
    except (Missing, DeployFailed, EmulatorDidNotStart, TookTooLong) as reason:
        narrator.failed(str(reason))
        return 1
    except (BotoCoreError, ClientError) as reason:
        narrator.failed(f"the local AWS refused a call: {reason}")
        return 1
    except KeyboardInterrupt:
        narrator.failed("interrupted; everything that was started has been ended")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
