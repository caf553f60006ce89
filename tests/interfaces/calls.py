"""Calls of services without an SDK, as the Rust tests made them, and the operations that the source declares."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[2]
_SIGNED_AS = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_SOURCE = ROOT / "crates/aws/src"
# It declares operations to test the client, not to make them.
_NOT_SHIPPED = {"signed_http/tests.rs", "signed_http/request.rs"}
_DECLARED = re.compile(r'Operation::(?:new|at)\(\s*&(?:\w+::)*(\w+),\s*"(\w+)"')
_SERVICE = re.compile(r"static (\w+): Service =(.*?);", re.DOTALL)


@dataclass(frozen=True)
class Call:
    test: str
    method: str
    path: str
    """Without the query."""
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    """By lower-case name."""
    body: str
    status: int | None
    """None where the service never answered."""
    answer: str

    @property
    def signed_as(self) -> str:
        return _SIGNED_AS.search(self.headers["authorization"])[1]

    @property
    def is_aws_json(self) -> bool:
        return "x-amz-target" in self.headers

    @property
    def is_form(self) -> bool:
        return "Action" in self.form

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, keep_blank_values=True))


def read(recording: Path) -> list[Call]:
    """A connection that nobody asked anything on is no call."""
    lines = [json.loads(line) for line in recording.read_text().splitlines()]
    return [_call(line) for line in lines if line["head"]]


def _call(line: dict) -> Call:
    first, *rest = line["head"].split("\r\n")
    method, target, _ = first.split(" ")
    url = urlsplit(target)
    answer = line["answer"] or {"status": None, "body": ""}
    return Call(
        test=line["test"],
        method=method,
        path=url.path,
        query=tuple(parse_qsl(url.query, keep_blank_values=True)),
        headers={name.lower(): value for name, _, value in (one.partition(": ") for one in rest)},
        body=line["body"],
        status=answer["status"],
        answer=answer["body"],
    )


def declared() -> set[tuple[str, str]]:
    """Service id, as the SDKs have it, and name of every operation that the source can make."""
    ids = _service_ids()
    return {(ids[service], name) for service, name in _declarations()}


def _declarations() -> Iterator[tuple[str, str]]:
    for file in sorted(_SOURCE.rglob("*.rs")):
        if str(file.relative_to(_SOURCE)) not in _NOT_SHIPPED:
            yield from _DECLARED.findall(file.read_text())


def _service_ids() -> dict[str, str]:
    text = (_SOURCE / "signed_http/services.rs").read_text()
    return {name: re.search(r'"([^"]+)"', _without_overrides(made))[1] for name, made in _SERVICE.findall(text)}


def _without_overrides(made: str) -> str:
    """`Service { signing: "bedrock", ..rest("Bedrock Agent Runtime", …) }` names the service second."""
    return made.partition("..")[2] or made
