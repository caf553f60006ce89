"""With `ecs_rollout_seconds`, a deployment is under way for that long and ends as on AWS."""

import time

import pytest

_SECONDS = 1.0
_SOON = 5.0


@pytest.fixture
def slowly(aws):
    with aws.settings(ecs_rollout_seconds=_SECONDS):
        yield


def _rollouts(service: dict) -> list[tuple[str, str, int, int]]:
    return [
        (one["status"], one["rolloutState"], one["runningCount"], one["pendingCount"]) for one in service["deployments"]
    ]


@pytest.fixture
def deploy(aws, ecs_service, eventually):
    """Deploys `image` slowly to a service that ran well before."""

    def deploy(image: str, breaker: dict | None) -> dict:
        ecs_service("web:good", breaker)
        eventually(lambda: _rollouts(ecs_service.describe()) == [("PRIMARY", "COMPLETED", 2, 0)])
        with aws.settings(ecs_rollout_seconds=_SECONDS):
            ecs_service.update(image)
        return ecs_service.describe()

    return deploy


def test_rollout_is_in_progress_beside_the_former_deployment_and_then_completed(deploy, ecs_service, eventually):
    started = time.monotonic()
    service = deploy("web:better", breaker=None)
    assert _rollouts(service) == [("PRIMARY", "IN_PROGRESS", 0, 2), ("ACTIVE", "COMPLETED", 2, 0)]
    assert (service["runningCount"], service["pendingCount"]) == (2, 2)
    eventually(lambda: _rollouts(ecs_service.describe()) == [("PRIMARY", "COMPLETED", 2, 0)], _SOON)
    assert time.monotonic() - started >= _SECONDS


def test_rollout_of_a_bad_image_fails_after_a_while(deploy, ecs_service, eventually):
    service = deploy("web:does-not-exist", breaker={"enable": True, "rollback": False})
    assert _rollouts(service)[0][:2] == ("PRIMARY", "IN_PROGRESS")
    eventually(lambda: _rollouts(ecs_service.describe())[0][1] == "FAILED", _SOON)
    assert ecs_service.describe()["runningCount"] == 2, "the former deployment's tasks go on"


def test_rollout_of_a_bad_image_is_rolled_back_by_the_circuit_breaker(deploy, ecs_service, eventually):
    service = deploy("web:does-not-exist", breaker={"enable": True, "rollback": True})
    bad, good = (one["taskDefinition"] for one in service["deployments"])
    assert service["taskDefinition"] == bad
    eventually(lambda: ecs_service.describe()["taskDefinition"] == good, _SOON)
    eventually(lambda: _rollouts(ecs_service.describe())[0] == ("PRIMARY", "COMPLETED", 2, 0), _SOON)


def test_rollout_that_is_overtaken_by_another_never_completes(deploy, ecs_service, eventually):
    deploy("web:better", breaker=None)
    ecs_service.update("web:best")
    best = ecs_service.describe()["taskDefinition"]
    eventually(lambda: len(ecs_service.describe()["deployments"]) == 1, _SOON)
    assert ecs_service.describe()["deployments"][0]["taskDefinition"] == best
    time.sleep(_SECONDS)
    assert [one["taskDefinition"] for one in ecs_service.describe()["deployments"]] == [best]


def test_first_rollout_of_a_service_takes_its_time_too(slowly, aws, name, ecs_service, eventually):
    ecs_service("web:good", breaker=None)
    assert _rollouts(ecs_service.describe())[0][1] == "IN_PROGRESS"
    eventually(lambda: _rollouts(ecs_service.describe()) == [("PRIMARY", "COMPLETED", 2, 0)], _SOON)
