"""LocalAws itself: who gets in, and that nothing of it stays behind."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws import Credentials, EmulatorDidNotStart, LocalAws, allow

_LOCAL = Path(__file__).resolve().parents[1]
# Runs a local AWS with a warm function in it, says which process group it is, and waits.
_HOLDER = textwrap.dedent(
    """
    import io, signal, sys, zipfile
    from local_aws import LocalAws, allow
    # A shell lets what it starts in the background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", "def handler(event, context):\\n    return 1\\n")
    with LocalAws() as aws:
        role = aws.create_role("function", allow("logs:*"), "lambda.amazonaws.com")
        functions = aws.client("lambda")
        functions.create_function(FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role,
                                  Code={"ZipFile": archive.getvalue()})
        functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.05})
        functions.invoke(FunctionName="f")
        print(aws.pid, flush=True)
        sys.stdin.read()
    """
)


def _living(group: int) -> list[int]:
    """Processes of this group that are not merely waiting to be reaped."""
    living = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, of_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of_group) == group and state != "Z":
            living.append(int(stat.parent.name))
    return living


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None], ids=str)
def test_emulator_and_its_functions_end_with_their_holder(eventually, tmp_path, end):
    # A killed holder cannot remove its directory, so it makes it where pytest cleans up.
    environment = {**os.environ, "PYTHONPATH": str(_LOCAL), "TMPDIR": str(tmp_path)}
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER], env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with holder:
        group = int(holder.stdout.readline())
        assert len(_living(group)) >= 2
        if end is None:
            holder.stdin.close()
        else:
            holder.send_signal(end)
        holder.wait(20)
        eventually(lambda: not _living(group))


def test_emulator_listens_on_loopback_only(aws):
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    own = [line.split()[3] for line in listening.splitlines() if f"pid={aws.pid}," in line]
    assert own
    assert all(address.startswith("127.0.0.1:") for address in own), own


def test_emulator_two_at_once_do_not_meet(aws, name):
    with LocalAws() as other:
        other.client("ssm").put_parameter(Name=name, Value="x", Type="String")
        with pytest.raises(ClientError, match="ParameterNotFound"):
            aws.client("ssm").get_parameter(Name=name)


def test_emulator_port_taken_says_so(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorDidNotStart, match=f"port {port}"), LocalAws(port=port, state_dir=tmp_path):
            pass


def test_emulator_gets_nothing_of_the_machines_credentials(monkeypatch, aws):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    with LocalAws() as other:
        stranger = other.client("sts", Credentials("AKIAMACHINE", "x"))
        with pytest.raises(ClientError):
            stranger.get_caller_identity()


def test_credentials_wrong_or_unknown_are_refused(aws, name):
    user = aws.create_user(name, allow("*"))
    for wrong in (Credentials(user.access_key_id, "wrong"), Credentials("AKIAUNKNOWN", "x")):
        with pytest.raises(ClientError):
            aws.client("ssm", wrong).describe_parameters()


def test_policy_is_enforced_for_users_and_role_sessions(aws, name):
    policy = allow("ssm:PutParameter", resource=f"arn:aws:ssm:{aws.region}:{aws.account}:parameter/{name}")
    for credentials in (aws.create_user(name, policy), aws.create_role_session(name, policy)):
        ssm = aws.client("ssm", credentials)
        ssm.put_parameter(Name=name, Value="x", Type="String", Overwrite=True)
        with pytest.raises(ClientError, match="AccessDenied"):
            ssm.put_parameter(Name=f"{name}-other", Value="x", Type="String")
        with pytest.raises(ClientError, match="AccessDenied"):
            ssm.get_parameter(Name=name)
