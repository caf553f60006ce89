"""EventBridge starts a state machine as the target's role, or not at all.

MiniStack starts it whatever that role may do, and without one too. Rules and schedules
alike; a delivery that is refused is dropped, as EventBridge does after its retries.
"""

import logging
from collections.abc import Callable

from local_aws import ministack_names as names
from local_aws.fidelity.role_permissions import is_allowed, is_assumable

logger = logging.getLogger("eventbridge")


def install() -> None:
    names.INVOKE_TARGET.wrap(_as_target_role)


def _as_target_role(original: Callable) -> Callable:
    def invoke_target(target, event, rule, *arguments, **named):
        arn, role = target.get("Arn", ""), target.get("RoleArn", "")
        if ":states:" in arn and ":stateMachine:" in arn:
            # A schedule comes this way too; it is told from a rule by having one target.
            service = "scheduler.amazonaws.com" if "Target" in rule else "events.amazonaws.com"
            if not is_assumable(role, service):
                logger.warning("target %s not started: %s may not assume its role %r", arn, service, role)
                return None
            if not is_allowed(role, "states:StartExecution", arn):
                logger.warning("target %s not started: role %s lacks states:StartExecution on it", arn, role)
                return None
        return original(target, event, rule, *arguments, **named)

    return invoke_target
