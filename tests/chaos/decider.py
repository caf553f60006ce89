"""The person who is asked: approves, denies, or is asleep, as the seed says."""

import logging
import random
import threading

from account import Account
from demo.nightshift import CliFailed

_INTERVAL_SECONDS = 1.0
_ANSWERS, _SHARES = ("approve", "deny", None), (6, 2, 2)
_log = logging.getLogger("decider")


def answer_of(seed: int, number: int) -> str | None:
    """The answer about the incident with this number; None: there will be none."""
    return random.Random(f"{seed}:answer:{number}").choices(_ANSWERS, _SHARES)[0]


class Decider:
    def __init__(self, account: Account, seed: int):
        self._account, self._seed = account, seed
        self._watched: dict[str, int] = {}
        self._answered: set[str] = set()
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._look_forever, name="decider", daemon=True)

    def __enter__(self) -> "Decider":
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._ended.set()
        self._thread.join()

    def watch(self, number: int, incident_id: str) -> None:
        with self._lock:
            self._watched[incident_id] = number

    def _look_forever(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                watched = dict(self._watched)
            for incident_id, number in watched.items():
                if not self._ended.is_set():
                    self._look(incident_id, number)
            self._ended.wait(_INTERVAL_SECONDS)

    def _look(self, incident_id: str, number: int) -> None:
        nightshift = self._account.nightshift
        try:
            if self._account.has_ended(incident_id):
                with self._lock:
                    del self._watched[incident_id]
                return
            plan = nightshift.plan_to_approve(incident_id)
            answer = answer_of(self._seed, number)
            if plan is None or plan in self._answered or answer is None:
                return
            getattr(nightshift, answer)(incident_id, plan)
            self._answered.add(plan)
        except CliFailed as failed:
            # Faults meet this person too: they try again, until the window closes.
            _log.info("no answer about %s yet: %s", incident_id, failed)
        except Exception:
            _log.exception("the incident %s could not be looked at", incident_id)
