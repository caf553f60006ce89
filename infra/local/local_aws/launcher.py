"""The emulator's process: `python -m local_aws.launcher LIFELINE_FD`.

MiniStack has no SSM Automation, no X-Ray and no Bedrock that can be told what to
answer; they are added here, behind its own dispatch, so that they share the port and
the IAM check with everything else. So is what brings some of MiniStack's answers
closer to those of AWS, and what makes it fail and wait where a test asks for that.
"""

import os
import signal
import sys
import threading


def _end_with_parent(lifeline: int) -> None:
    """Kills the whole process group when the process that started us is gone."""
    os.set_inheritable(lifeline, False)

    def wait_for_end_of_file() -> None:
        while os.read(lifeline, 1):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait_for_end_of_file, name="lifeline", daemon=True).start()


def main() -> None:
    _end_with_parent(int(sys.argv.pop(1)))

    from local_aws import ministack_names, permission_log

    try:
        permission_log.install()
        ministack_names.check()
    except ministack_names.Incompatible as reason:
        sys.exit(f"local AWS: {reason}")

    import ministack.app

    from local_aws import control_endpoint, fidelity
    from local_aws.automation import endpoint as automation
    from local_aws.bedrock import endpoint as bedrock
    from local_aws.faults import injection
    from local_aws.xray import endpoint as xray

    automation.install()
    bedrock.install()
    xray.install()
    control_endpoint.install()
    injection.install()
    fidelity.install()
    ministack.app.main()


if __name__ == "__main__":
    main()
