import socket

import pytest

from workload.external_service import ExternalService


def _connect(provider: ExternalService) -> None:
    socket.create_connection(provider.address, 1.0).close()


def test_provider_answers_for_longer_than_a_backlog() -> None:
    with ExternalService() as provider:
        for _ in range(50):
            _connect(provider)


def test_provider_closed_refuses_and_opened_again_answers_where_it_was() -> None:
    with ExternalService() as provider:
        address = provider.address
        provider.close()
        with pytest.raises(OSError):
            _connect(provider)
        provider.open()
        assert provider.address == address
        _connect(provider)
