"""Where MiniStack answers otherwise than AWS, and our tests would believe it."""

from local_aws.fidelity import (
    authorized_resources,
    cloudtrail,
    ecs_failures,
    event_target_roles,
    lambda_actions,
    metric_alarms,
    state_machine_roles,
    tagging,
)


def install() -> None:
    """Must run inside the emulator's process, before it serves."""
    authorized_resources.install()
    cloudtrail.install()
    ecs_failures.install()
    event_target_roles.install()
    lambda_actions.install()
    metric_alarms.install()
    state_machine_roles.install()
    tagging.install()
