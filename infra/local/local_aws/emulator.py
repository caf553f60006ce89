"""`LocalAws`: a fresh AWS account on loopback, for as long as a `with` block lasts."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_aws import control, identities
from local_aws.bedrock import control as bedrock
from local_aws.credentials import Credentials
from local_aws.process import EmulatorProcess

# MiniStack takes this key for the account's root, which no policy limits.
ROOT_CREDENTIALS = Credentials("test", "test")

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class FaultInForce:
    _endpoint: str
    _id: str

    @property
    def met(self) -> int:
        """How many calls met it so far."""
        return control.call(self._endpoint, f"{control.FAULTS}/{self._id}", "GET")["met"]


class LocalAws:
    """Starts on enter, ends on exit.

    `state_dir`, when given, is kept; otherwise a fresh directory is made and removed
    again, unless the block failed: then it stays, and the log's path is printed.
    `environment` is added to the emulator's own (and so to its functions').
    """

    def __init__(
        self,
        *,
        account: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        port: int | None = None,
        state_dir: Path | None = None,
        environment: dict[str, str] | None = None,
    ):
        self.account = account
        self.region = region
        self.admin = ROOT_CREDENTIALS
        self._port = port
        self._owns_state_dir = state_dir is None
        self._given_state_dir = state_dir
        self._extra_environment = environment or {}
        self._process: EmulatorProcess | None = None
        self.state_dir: Path | None = None

    def __enter__(self) -> "LocalAws":
        if self._given_state_dir is None:
            self.state_dir = Path(tempfile.mkdtemp(prefix="nightshift-local-aws-"))
        else:
            self.state_dir = self._given_state_dir.resolve()
            self.state_dir.mkdir(parents=True, exist_ok=True)
        self._process = EmulatorProcess(
            account=self.account,
            region=self.region,
            state_dir=self.state_dir,
            extra_environment=self._extra_environment,
        )
        self._process.start(self._port)
        return self

    def __exit__(self, error_type, _error, _traceback) -> None:
        self._process.stop()
        if error_type is not None:
            print(f"local AWS: the block failed; the emulator's log is {self.log_path}", file=sys.stderr)
        elif self._owns_state_dir:
            shutil.rmtree(self.state_dir, ignore_errors=True)

    @property
    def endpoint(self) -> str:
        return self._process.endpoint

    @property
    def log_path(self) -> Path:
        return self._process.log_path

    @property
    def pid(self) -> int | None:
        """Id of the emulator's process, which is also that of its process group."""
        return self._process.pid

    def wait(self) -> int:
        """Blocks until the emulator ends by itself."""
        return self._process.wait()

    def client(self, service: str, credentials: Credentials | None = None):
        """A boto3 client of this account; as its root unless told otherwise."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            # A retry would hide a flaky emulator, and path-style needs no DNS for bucket names.
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            **(credentials or self.admin).client_arguments(),
        )

    def environment(self, credentials: Credentials | None = None) -> dict[str, str]:
        """Environment variables with which a child process uses this account through any SDK or CLI."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **(credentials or self.admin).environment(),
        }

    def create_user(self, name: str, policy: dict) -> Credentials:
        """A new IAM user with this policy document and nothing else."""
        return identities.create_user(self.client("iam"), name, policy)

    def create_role(self, name: str, policy: dict, trusted_service: str) -> str:
        """ARN of a new role with this policy that only `trusted_service` may assume."""
        return identities.create_role(
            self.client("iam"), name, policy, identities.trust_of_service(trusted_service)
        )

    def create_role_session(self, name: str, policy: dict) -> Credentials:
        """A session of a new role with this policy document and nothing else."""
        return identities.create_role_session(
            self.client("iam"), self.client("sts"), self.account, name, policy
        )

    def script_model(self, cases: list[dict[str, Any]]) -> None:
        """Sets Bedrock's answers from now on; `[]` removes the script. Raises `BadScript`."""
        bedrock.load_script(self.endpoint, cases)

    def model_requests(self) -> list[dict[str, Any]]:
        """All that Bedrock was asked, oldest first: `modelId`, `request`, and `answeredBy` whom."""
        return bedrock.requests(self.endpoint)

    def forget_model_requests(self) -> None:
        bedrock.forget_requests(self.endpoint)

    def change_settings(self, **changes: Any) -> None:
        """Changes these settings from now on (README, Settings). Raises `Refused`."""
        control.call(self.endpoint, control.SETTINGS, "PATCH", changes)

    @contextmanager
    def settings(self, **changes: Any) -> Iterator[None]:
        """Changes these settings for as long as the block lasts (README, Settings). Raises `Refused`."""
        before = control.call(self.endpoint, control.SETTINGS, "GET")
        self.change_settings(**changes)
        try:
            yield
        finally:
            self.change_settings(**{name: before[name] for name in changes})

    @contextmanager
    def fault(self, action: str, **fault: Any) -> Iterator[FaultInForce]:
        """Lets calls of `action` fail, wait or kill while the block lasts (README, Faults). Raises `Refused`."""
        identifier = control.call(self.endpoint, control.FAULTS, "POST", {"action": action, **fault})["id"]
        try:
            yield FaultInForce(self.endpoint, identifier)
        finally:
            control.call(self.endpoint, f"{control.FAULTS}/{identifier}", "DELETE")
