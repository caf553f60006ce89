"""The incidents, in the order in which they are lived through."""

from demo.incidents import (
    alias_moved,
    approval_denied,
    bad_deployment,
    dependency_failing,
    parameter_overwritten,
    rollback_undone,
    unexplained_alarm,
)

# The dependency is the last one: until then it has shown what is usual for it.
ALL = (
    parameter_overwritten,
    alias_moved,
    bad_deployment,
    approval_denied,
    rollback_undone,
    unexplained_alarm,
    dependency_failing,
)
