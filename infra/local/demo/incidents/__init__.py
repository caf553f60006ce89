"""The incidents, in the order in which they are lived through."""

from demo.incidents import (
    alias_moved,
    bad_deployment,
    dependency_failing,
    instance_stopped,
    parameter_overwritten,
    unexplained_alarm,
)

# The dependency is the last one: until then it has shown what is usual for it.
ALL = (
    parameter_overwritten,
    alias_moved,
    instance_stopped,
    bad_deployment,
    unexplained_alarm,
    dependency_failing,
)
