"""A team's knowledge: its notes for every investigation, and tools of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws import LocalAws

BUCKET = "team-knowledge"
PREFIX = "nightshift/"
STEERING = "The baker knows where the orders are kept. Ask for the ledger of the second oven."
# As Nightshift offers it to a model.
TOOL = "team_bakery_find_dough"
ANSWER = "the dough of {wanted} has risen since 03:00"
# A server that is down, and one that says that its tool changes things.
GONE = "gone"
WRITES = "team_bakery_burn_bread"
_AUTHORIZATION = "/nightshift/bakery-authorization"
# Nothing listens on it, and nothing can without being root.
_CLOSED = "http://127.0.0.1:1/mcp"
_SERVER = Path(__file__).parent / "team_server.py"


@contextmanager
def tool_server() -> Iterator[str]:
    """The URL of an MCP server, a process of its own."""
    with subprocess.Popen([sys.executable, _SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        finally:
            process.terminate()


def parameters(url: str) -> dict[str, str]:
    """For the stack."""
    tools = [TOOL.removeprefix("team_bakery_"), WRITES.removeprefix("team_bakery_")]
    servers = [
        {"name": "bakery", "url": url, "tools": tools, "header_parameter": _AUTHORIZATION},
        {"name": GONE, "url": _CLOSED, "tools": ["anything"]},
    ]
    return {"KnowledgeBucket": BUCKET, "KnowledgePrefix": PREFIX, "TeamTools": json.dumps(servers)}


def write_down(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}NIGHTSHIFT.md", Body=STEERING.encode())
    s3.put_object(Bucket=BUCKET, Key="elsewhere/NIGHTSHIFT.md", Body=b"of no concern")
    aws.client("ssm").put_parameter(Name=_AUTHORIZATION, Value="Bearer sourdough", Type="SecureString")
