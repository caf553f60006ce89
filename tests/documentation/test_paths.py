"""Every file that a document names is there, and every crate has its line."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PRESENT = [
    "README.md", "bench/README.md", "crates/README.md", "docs/*.md", "events/README.md", "examples/*/README.md",
    "function_inputs/README.md", "infra/local/README.md",
]  # fmt: skip
# Decisions are history: they may name what has another name today, but their links lead somewhere.
_HISTORY = "docs/adr/*.md"
DOCUMENTS = sorted(path for pattern in _PRESENT for path in ROOT.glob(pattern))
LINKED = [*DOCUMENTS, *sorted(ROOT.glob(_HISTORY))]

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
# What a reader takes for a path from the repository's root. Words in capitals are for the reader to replace.
_FOLDERS = "bench|crates|docs|events|examples|function_inputs|fuzz|infra|statemachines|tests"
_PATH = re.compile(rf"(?:{_FOLDERS})/[\w.@+-]+(?:/[\w.@+*-]+)*/?")
_TO_REPLACE = re.compile(r"\b[A-Z]{3,}\b")
_CAPITALS = {"README", "LICENSE"}


def _ids(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def _links(document: Path) -> list[str]:
    text = _FENCE.sub("", document.read_text())
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]


def _paths(document: Path) -> list[str]:
    """In spans of code and in blocks of commands."""
    text = document.read_text()
    spans = [span for span in _SPAN.findall(_FENCE.sub("", text)) if _PATH.fullmatch(span)]
    commands = [word for block in _FENCE.findall(text) if block.startswith("```sh") for word in block.split() if _PATH.fullmatch(word)]
    return [path for path in spans + commands if not set(_TO_REPLACE.findall(path)) - _CAPITALS]


def _is_there(path: str, document: Path) -> bool:
    """From the repository's root or, as a folder's own README says it, from there."""
    return any(any(start.glob(path.rstrip("/"))) for start in (ROOT, document.parent))


@pytest.mark.parametrize("document", LINKED, ids=_ids(LINKED))
def test_links_lead_to_files(document: Path) -> None:
    targets = {link: document.parent / link.partition("#")[0] for link in _links(document)}
    assert [link for link, target in targets.items() if not target.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_ids(DOCUMENTS))
def test_named_files_are_there(document: Path) -> None:
    assert [path for path in _paths(document) if not _is_there(path, document)] == []


def test_documents_are_found_and_name_paths() -> None:
    assert len(DOCUMENTS) > 10
    assert {"events/ec2-instance-stopped.json", "examples/logs/before.log"} <= set(_paths(ROOT / "README.md")) | set(
        _links(ROOT / "README.md")
    )


def test_every_crate_has_its_line_and_every_line_its_crate() -> None:
    crates = {path.parent.name for path in ROOT.glob("crates/*/Cargo.toml")}
    lines = re.findall(r"^\| \[`([\w-]+)`\]\(\1\) \|", (ROOT / "crates" / "README.md").read_text(), re.MULTILINE)
    assert sorted(lines) == sorted(crates)
