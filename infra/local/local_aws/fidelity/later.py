"""What AWS does some time after it has answered."""

import threading
from collections.abc import Callable

from ministack.core.responses import get_account_id, get_region, request_scope


def later(seconds: float, action: Callable, *arguments) -> None:
    """Acts for the account and region of this call, when the time has passed."""
    account, region = get_account_id(), get_region()

    def run() -> None:
        with request_scope(account, region):
            action(*arguments)

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()
