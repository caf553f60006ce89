"""One local AWS for the whole run: tests keep apart by the names they use."""

import time
import uuid

import pytest
import yaml
from automation_runs import AutomationRuns
from bedrock_requests import MODEL, user_turn

from local_aws import LocalAws, allow, create_automation_documents
from local_aws.automation_documents import DOCUMENTS_DIR


@pytest.fixture(scope="session")
def aws():
    with LocalAws() as running:
        create_automation_documents(running)
        yield running


@pytest.fixture
def name() -> str:
    """A name no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def automation_role(aws) -> str:
    """ARN of a role that SSM may assume and that may do anything."""
    return aws.create_role("automation-everything", allow("*"), "ssm.amazonaws.com")


@pytest.fixture(scope="session")
def automations(aws, automation_role) -> AutomationRuns:
    """Runs each of our documents as a role that has the permissions of its calls and no more."""
    exact_roles = {
        f"Nightshift-{path.stem}": aws.create_role(
            f"automation-{path.stem}", allow(*_permissions(path)), "ssm.amazonaws.com"
        )
        for path in DOCUMENTS_DIR.glob("*.yaml")
    }
    return AutomationRuns(aws.client("ssm"), automation_role, exact_roles)


def _permissions(path) -> set[str]:
    calls = [step["inputs"] for step in yaml.safe_load(path.read_text())["mainSteps"] if "Api" in step["inputs"]]
    return {f"{call['Service']}:{call['Api']}" for call in calls}


@pytest.fixture
def eventually():
    def poll(condition, seconds: float = 10.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError(f"did not come true within {seconds} s: {condition}")

    return poll


@pytest.fixture
def script(aws):
    yield aws.script_model
    aws.script_model([])
    aws.forget_model_requests()


@pytest.fixture
def converse(aws):
    client = aws.client("bedrock-runtime")

    def converse(*messages: dict | str, model: str = MODEL, **more) -> dict:
        turns = [user_turn(one) if isinstance(one, str) else one for one in messages]
        return client.converse(modelId=model, messages=turns, **more)

    return converse


@pytest.fixture
def ecs_service(aws, name):
    """Deploys `image` to a service that runs well; describes what is there then."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=name)

    def register(image: str) -> str:
        containers = [{"name": "web", "image": image, "memory": 64}]
        definition = ecs.register_task_definition(family=name, containerDefinitions=containers)
        return definition["taskDefinition"]["taskDefinitionArn"]

    def deploy(image: str, breaker: dict | None) -> dict:
        settings = {"deploymentCircuitBreaker": breaker} if breaker else {}
        ecs.create_service(
            cluster=name, serviceName=name, taskDefinition=register("web:good"), desiredCount=2,
            deploymentConfiguration=settings,
        )  # fmt: skip
        return update(image)

    def update(image: str) -> dict:
        ecs.update_service(cluster=name, service=name, taskDefinition=register(image))
        return describe()

    def describe() -> dict:
        return ecs.describe_services(cluster=name, services=[name])["services"][0]

    deploy.describe = describe
    deploy.update = update
    return deploy
