"""One MiniStack process: started on loopback, waited for, and surely ended.

It must not outlive the run that started it, whatever ends that run, and neither
may the Lambda functions it spawned. So it leads its own process group, which is
killed as a whole; and it holds the read end of a pipe (the lifeline) whose write
end only we hold, so that it notices even when we are killed with SIGKILL.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTUP_TIMEOUT_SECONDS = 60.0
SHUTDOWN_GRACE_SECONDS = 5.0
_HEALTH_POLL_SECONDS = 0.05
_START_ATTEMPTS = 3
_PACKAGE_ROOT = Path(__file__).resolve().parent.parent

# The emulator hands its own environment to every Lambda function it runs, so only
# what a process needs to run at all gets in: no credentials, proxies or endpoints
# of the machine.
_INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class EmulatorDidNotStart(Exception):
    """The emulator ended, or did not become healthy in time."""


class _PortTaken(Exception):
    """Another process bound the port between our choosing it and the emulator's start."""


class EmulatorProcess:
    def __init__(self, *, account: str, region: str, state_dir: Path, extra_environment: dict[str, str]):
        self._account = account
        self._region = region
        self._state_dir = state_dir
        self._extra_environment = extra_environment
        self._process: subprocess.Popen | None = None
        self._lifeline: int | None = None
        self.port: int | None = None
        self.log_path = state_dir / "ministack.log"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, port: int | None) -> None:
        """Returns when the emulator answers; raises `EmulatorDidNotStart`."""
        for attempt in range(1, _START_ATTEMPTS + 1):
            self.port = port or _free_loopback_port()
            try:
                self._spawn()
                self._wait_until_healthy()
                return
            except _PortTaken as taken:
                self.stop()
                if port or attempt == _START_ATTEMPTS:
                    raise EmulatorDidNotStart(
                        f"port {self.port} of 127.0.0.1 is taken; choose another one (log: {self.log_path})"
                    ) from taken
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Ends the emulator and everything it started. Stopping twice is stopping once."""
        if self._process is not None:
            self._signal_group(signal.SIGTERM)
            try:
                self._process.wait(SHUTDOWN_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            # Functions in the group may have ignored SIGTERM, and the leader may be gone
            # before them: the group's id stays theirs.
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def wait(self) -> int:
        """Waits for the emulator to end by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def _spawn(self) -> None:
        temporary = self._state_dir / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        lifeline_read, self._lifeline = os.pipe()
        try:
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "local_aws.launcher", str(lifeline_read)],
                    env=self._environment(temporary),
                    cwd=self._state_dir,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(lifeline_read,),
                    start_new_session=True,
                )
        finally:
            os.close(lifeline_read)

    def _environment(self, temporary: Path) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
        environment |= {
            "PYTHONPATH": str(_PACKAGE_ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "AUTH": "true",
            "CLOUDTRAIL_RECORDING": "1",
            "MINISTACK_ACCOUNT_ID": self._account,
            "MINISTACK_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            # Provided-runtime functions get the endpoint from here and from nowhere else.
            "AWS_ENDPOINT_URL": self.endpoint,
            "STATE_DIR": str(self._state_dir / "state"),
            "S3_DATA_DIR": str(self._state_dir / "s3"),
            "TMPDIR": str(temporary),
            # Listeners that do not heed BIND_HOST and have fixed ports.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # Docker must never be found: what a run does may not depend on the machine's daemon.
            "DOCKER_HOST": f"unix://{self._state_dir}/no-docker.sock",
        }
        return environment | self._extra_environment

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + STARTUP_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            exit_code = self._process.poll()
            if exit_code is not None:
                if "already in use" in self._log_tail():
                    raise _PortTaken
                raise EmulatorDidNotStart(
                    f"MiniStack ended with exit code {exit_code} while starting; log: {self.log_path}\n{self._log_tail()}"
                )
            # Asked only once our own log says so: whoever else has the port could answer too.
            if "Running on http" in self._log_tail() and self._is_ready():
                return
            time.sleep(_HEALTH_POLL_SECONDS)
        raise EmulatorDidNotStart(
            f"MiniStack did not become ready on {self.endpoint} within {STARTUP_TIMEOUT_SECONDS:.0f} s; "
            f"log: {self.log_path}\n{self._log_tail()}"
        )

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _log_tail(self) -> str:
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-15:])

    def _signal_group(self, signal_number: int) -> None:
        try:
            os.killpg(self._process.pid, signal_number)
        except ProcessLookupError:
            pass


def _free_loopback_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
