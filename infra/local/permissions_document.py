"""Writes docs/permissions.md: each role and policy of infra/template.yaml in words.

`python -m permissions_document` writes the document anew, and with --check says whether it is up to date. A statement's
name, its comments and its conditions are the template's own: whoever changes one changes the document.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/template.yaml"
DOCUMENT = ROOT / "docs/permissions.md"

_HEAD = """\
# Permissions

Who may do what, and why. Written from `infra/template.yaml` by `python -m permissions_document` (with `PYTHONPATH=infra/local`);
a test fails where the two differ. What each of them could do in the wrong hands is in [security.md](security.md).

`ACCOUNT`, `REGION` and `STACK` stand for those of the deployment, `${…}` for a parameter of it. A condition on
`dynamodb:LeadingKeys` names the kinds of items: what their partition keys begin with. What is granted only with a parameter, a
key or a model for example, says so.
"""
_KINDS = {
    "AWS::Serverless::Function": "Functions",
    "AWS::Serverless::StateMachine": "State machines",
    "AWS::IAM::ManagedPolicy": "Policies",
    "AWS::IAM::Role": "Automations",
}
_INTRO = {
    "Functions": "Each function has a role of its own, and Lambda's permission to write its logs and traces.",
    "State machines": "The role of each machine. EventBridge starts the intake under roles that may do only that.",
    "Policies": (
        "For people: viewer, approver, operator and purger, which nobody has by default. The others are for functions (keys) "
        "and for the automations' roles (what none of them may do)."
    ),
    "Automations": "An automation document runs under a role of its own. `AutomationLimits` and `AutomationScopePolicy` bound all.",
}
_ABBREVIATIONS = {
    "arn:${AWS::Partition}:": "",
    "${AWS::Region}": "REGION",
    "${AWS::AccountId}": "ACCOUNT",
    "${AWS::StackName}": "STACK",
    "${AWS::URLSuffix}": "amazonaws.com",
}


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, and the condition of the template under which it is there."""

    value: dict[str, Any]
    reason: str
    only_with: str | None


class _Reader:
    """Reads the template with the comments that stand at its statements."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def resources(self) -> Iterator[tuple[str, yaml.MappingNode]]:
        for name, node in _fields(_fields_by_name(self._root)["Resources"]):
            yield name, node

    def statements(self, node: yaml.Node, only_with: str | None = None) -> Iterator[Statement]:
        if node.tag == "!If" and isinstance(node, yaml.SequenceNode):
            condition, then, otherwise = node.value
            yield from self.statements(then, condition.value)
            yield from self.statements(otherwise, f"no {condition.value}")
        elif isinstance(node, yaml.SequenceNode):
            for one in node.value:
                yield from self.statements(one, only_with)
        elif isinstance(node, yaml.MappingNode):
            fields = _fields_by_name(node)
            if "Effect" in fields and "Action" in fields:
                yield Statement(value(node), self._comments(node), only_with)
            else:
                for one in fields.values():
                    yield from self.statements(one, only_with)

    def _comments(self, node: yaml.Node) -> str:
        """The comments right above the statement and within it, as one text."""
        first, last = node.start_mark.line, node.end_mark.line
        while first > 0 and (self._is_comment(first - 1) or "&" in self._lines[first - 1]):
            first -= 1
        while last > first and (last > len(self._lines) or self._is_comment(last - 1) or not self._lines[last - 1].strip()):
            last -= 1
        within = self._lines[first:last]
        return " ".join(line.strip().lstrip("# ") for line in within if line.strip().startswith("#"))

    def _is_comment(self, number: int) -> bool:
        return self._lines[number].strip().startswith("#")


def _fields(node: yaml.MappingNode) -> list[tuple[str, yaml.Node]]:
    return [(key.value, one) for key, one in node.value]


def _fields_by_name(node: yaml.Node) -> dict[str, yaml.Node]:
    return dict(_fields(node)) if isinstance(node, yaml.MappingNode) else {}


def value(node: yaml.Node) -> Any:
    """The node as plain data; a function of CloudFormation as the text that it is about."""
    if isinstance(node, yaml.ScalarNode):
        return node.value.removesuffix(".Arn") if node.tag == "!GetAtt" else f"${{{node.value}}}" if node.tag == "!Ref" else node.value
    if isinstance(node, yaml.SequenceNode):
        return [value(one) for one in node.value]
    return {key: value(one) for key, one in _fields(node)}


def _text(found: str) -> str:
    for long, short in _ABBREVIATIONS.items():
        found = found.replace(long, short)
    found = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", found)
    whole = re.fullmatch(r"\$\{(\w+)\}", found)
    return whole[1] if whole else found


def _list(found: Any) -> list[str]:
    return [_text(one) for one in (found if isinstance(found, list) else [found])]


def _cell(found: list[str]) -> str:
    return "<br>".join(f"`{one}`" for one in found)


def _in_words(name: str) -> str:
    """`ReadWhatHasNoResource` as "Read what has no resource"."""
    words = re.findall(r"[A-Z][a-z0-9]*", name)
    return " ".join([words[0], *(word.lower() for word in words[1:])]) if words else name


def _conditions(found: dict[str, Any]) -> str:
    lines = []
    for operator, keys in found.items():
        # That the key is there at all is what makes the others hold.
        if operator == "Null":
            continue
        lines += [f"`{_text(key)}` {'is not' if 'Not' in operator else 'is'} {_cell(_list(wanted))}" for key, wanted in keys.items()]
    return "; ".join(lines)


def _row(statement: Statement) -> str:
    one = statement.value
    name = _in_words(one.get("Sid", ""))
    what = f"**never**: {name}" if one["Effect"] == "Deny" else name
    if statement.only_with:
        what += f" (only where `{statement.only_with}`)"
    cells = [what, _cell(_list(one["Action"])), _cell(_list(one["Resource"])), _conditions(one.get("Condition", {}))]
    return "| " + " | ".join([*cells, statement.reason.replace("|", "\\|")]) + " |"


def _documents_of(name: str, properties: dict[str, yaml.Node]) -> list[yaml.Node]:
    return [properties[key] for key in ("Policies", "PolicyDocument") if key in properties]


def _section(reader: _Reader, name: str, properties: dict[str, yaml.Node]) -> str | None:
    statements = [one for document in _documents_of(name, properties) for one in reader.statements(document)]
    as_text = [node for node in _documents_of(name, properties) if node.tag == "!Sub"]
    if not statements and not as_text:
        return None
    description = value(properties["Description"]) if "Description" in properties else ""
    lines = [f"### {name}", "", *([_text(description), ""] if description else [])]
    if as_text:
        (document, _) = as_text[0].value
        lines += ["```json", _text(document.value).strip(), "```"]
    if statements:
        lines += ["| what | actions | on | only where | why |", "| --- | --- | --- | --- | --- |", *map(_row, statements)]
    return "\n".join(lines)


def document(template: str) -> str:
    """The document of a template's text."""
    reader = _Reader(template)
    sections: dict[str, list[str]] = {title: [] for title in _KINDS.values()}
    for name, node in reader.resources():
        fields = _fields_by_name(node)
        title = _KINDS.get(fields["Type"].value)
        if title is None:
            continue
        section = _section(reader, name, _fields_by_name(fields["Properties"]))
        if section:
            sections[title].append(section)
    parts = [_HEAD]
    for title, found in sections.items():
        parts += [f"## {title}\n\n{_INTRO[title]}\n", *(f"{section}\n" for section in found)]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    text = document(TEMPLATE.read_text())
    if "--check" in arguments:
        return 0 if DOCUMENT.exists() and DOCUMENT.read_text() == text else 1
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
