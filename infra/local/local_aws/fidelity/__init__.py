"""Corrections of MiniStack where it answers otherwise than AWS, and our tests would believe it."""

from local_aws.fidelity import (
    absent_services,
    alarm_evaluation,
    alias_metrics,
    authorized_resources,
    cbor_actions,
    change_history,
    cloudtrail,
    ecs_failures,
    ecs_rollouts,
    encrypted_volumes,
    event_condition_keys,
    event_source_mappings,
    event_target_roles,
    execution_metrics,
    function_concurrency,
    function_errors,
    function_logs,
    kms_signing,
    lambda_actions,
    leading_keys,
    log_filtering,
    metric_data,
    principal_arn,
    security_hub,
    stack_of_resource,
    state_machine_roles,
    step_functions,
    tagging,
)


def install() -> None:
    """Must run inside the emulator's process, before it serves."""
    absent_services.install()
    alarm_evaluation.install()
    alias_metrics.install()
    authorized_resources.install()
    cbor_actions.install()
    change_history.install()
    cloudtrail.install()
    ecs_failures.install()
    ecs_rollouts.install()
    encrypted_volumes.install()
    event_condition_keys.install()
    event_source_mappings.install()
    event_target_roles.install()
    execution_metrics.install()
    function_concurrency.install()
    function_errors.install()
    function_logs.install()
    kms_signing.install()
    lambda_actions.install()
    leading_keys.install()
    log_filtering.install()
    metric_data.install()
    principal_arn.install()
    security_hub.install()
    stack_of_resource.install()
    state_machine_roles.install()
    step_functions.install()
    tagging.install()
