"""The five incidents, in the order in which they are lived through."""

from demo.incidents import alias_moved, bad_deployment, instance_stopped, parameter_overwritten, unexplained_alarm

ALL = (parameter_overwritten, alias_moved, instance_stopped, bad_deployment, unexplained_alarm)
