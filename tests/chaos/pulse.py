"""What the callers of the targets' functions would see: errors, for as long as a target is broken."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local_aws import LocalAws
from targets import Target

_INTERVAL_SECONDS = 2.0
_log = logging.getLogger("pulse")


class Pulse:
    def __init__(self, aws: LocalAws):
        self._cloudwatch = aws.client("cloudwatch")
        self._targets: set[Target] = set()
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._beat_forever, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def watching(self, target: Target) -> Iterator[None]:
        with self._lock:
            self._targets.add(target)
        try:
            yield
        finally:
            with self._lock:
                self._targets.discard(target)

    def _beat_forever(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                targets = list(self._targets)
            try:
                data = [datum for target in targets for datum in target.beat()]
                if data:
                    self._cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=data)
            except Exception:
                # A lost beat is missing data, which alarms know how to treat.
                _log.exception("a beat failed")
            self._ended.wait(_INTERVAL_SECONDS)
