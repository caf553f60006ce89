import socket

import pytest

from workload.payment_provider import PaymentProvider


def _connect(provider: PaymentProvider) -> None:
    socket.create_connection(provider.address, 1.0).close()


def test_provider_answers_for_longer_than_a_backlog() -> None:
    with PaymentProvider() as provider:
        for _ in range(50):
            _connect(provider)


def test_provider_closed_refuses_and_opened_again_answers_where_it_was() -> None:
    with PaymentProvider() as provider:
        address = provider.address
        provider.close()
        with pytest.raises(OSError):
            _connect(provider)
        provider.open()
        assert provider.address == address
        _connect(provider)
