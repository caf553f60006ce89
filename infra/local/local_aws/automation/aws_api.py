"""Calls to the emulator's own endpoint, as the automation's role, through botocore's models."""

import base64
import datetime
import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.automation.errors import StepFailed
from local_aws.credentials import Credentials

# Loading a service's model takes a tenth of a second; a session keeps those it has read.
_SESSION = botocore.session.get_session()


def new_client(service: str, region: str, credentials: Credentials):
    return _SESSION.create_client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        **credentials.client_arguments(),
    )


class AwsApi:
    """Calls any operation of any service, given the names a document uses."""

    def __init__(self, region: str, credentials: Credentials):
        self._region = region
        self._credentials = credentials
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        """The response as plain JSON values. Raises `StepFailed`."""
        try:
            client = self._client(service)
        except BotoCoreError as error:
            raise StepFailed(f"Service {service!r} is not known: {error}", stage="InputValidation") from error
        methods = {api: method for method, api in client.meta.method_to_api_mapping.items()}
        if operation not in methods:
            raise StepFailed(f"Service {service!r} has no Api {operation!r}", stage="InputValidation")
        try:
            response = getattr(client, methods[operation])(**parameters)
        except ClientError as error:
            raise StepFailed(str(error), kind=error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise StepFailed(str(error), kind=type(error).__name__) from error
        response.pop("ResponseMetadata", None)
        return _as_json(response)

    def _client(self, service: str):
        if service not in self._clients:
            self._clients[service] = new_client(service, self._region, self._credentials)
        return self._clients[service]


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_as_json(child) for child in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    return value
