"""A metric alarm looks at its own dimensions only; MiniStack mixes all of a metric's."""

from collections.abc import Callable

import ministack.services.cloudwatch as cloudwatch


def install() -> None:
    cloudwatch._evaluate_alarm = _on_own_dimensions(cloudwatch._evaluate_alarm)


def _on_own_dimensions(original: Callable[[dict], None]) -> Callable[[dict], None]:
    def evaluate(alarm: dict) -> None:
        wanted = (alarm.get("Namespace"), alarm.get("MetricName"), _dimensions_key(alarm))
        everything = cloudwatch._metrics
        # The original reads the module's table; it runs on the event loop's thread only,
        # so that nobody else sees it narrowed.
        cloudwatch._metrics = {key: points for key, points in everything.items() if key == wanted}
        try:
            original(alarm)
        finally:
            cloudwatch._metrics = everything

    return evaluate


def _dimensions_key(alarm: dict) -> str:
    return cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
