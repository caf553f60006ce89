"""An Automation document, schema 0.3: read and checked when it is created.

What is not known here is an error and never ignored, because a document that loses a
field on the way does something else than its author wrote.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from local_aws.automation.errors import SsmError
from local_aws.automation.selector import BadSelector, Selector
from local_aws.automation.substitution import GLOBAL_NAMES, references

ACTIONS = frozenset(
    {
        "aws:executeAwsApi",
        "aws:waitForAwsResourceProperty",
        "aws:assertAwsResourceProperty",
        "aws:branch",
        "aws:sleep",
    }
)
PARAMETER_TYPES = frozenset({"String", "Integer", "Boolean", "StringList", "StringMap"})
OUTPUT_TYPES = PARAMETER_TYPES | {"MapList"}
_DOCUMENT_FIELDS = {"schemaVersion", "description", "assumeRole", "parameters", "mainSteps", "outputs"}
_PARAMETER_FIELDS = {"type", "description", "default", "allowedPattern", "allowedValues", "minChars", "maxChars"}
_STEP_FIELDS = {
    "name", "action", "description", "inputs", "outputs", "nextStep", "isEnd", "isCritical", "onFailure",
    "maxAttempts", "timeoutSeconds",
}  # fmt: skip
_OUTPUT_FIELDS = {"Name", "Selector", "Type"}


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    description: str = ""
    default: Any = None
    has_default: bool = False
    allowed_pattern: str | None = None
    allowed_values: tuple[Any, ...] | None = None
    min_chars: int | None = None
    max_chars: int | None = None


@dataclass(frozen=True)
class StepOutput:
    name: str
    selector: Selector
    type: str


@dataclass(frozen=True)
class Step:
    name: str
    action: str
    inputs: dict[str, Any]
    outputs: tuple[StepOutput, ...] = ()
    next_step: str | None = None
    is_end: bool = False
    is_critical: bool = True
    on_failure: str = "Abort"
    max_attempts: int = 1
    timeout_seconds: int | None = None

    @property
    def failure_step(self) -> str | None:
        return self.on_failure.removeprefix("step:") if self.on_failure.startswith("step:") else None


@dataclass(frozen=True)
class Document:
    description: str
    assume_role: str | None
    parameters: dict[str, Parameter]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...] = field(default=())

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def following(self, step: Step) -> Step | None:
        """The step that is run after this one when nothing says otherwise."""
        if step.next_step:
            return self.step(step.next_step)
        position = self.steps.index(step) + 1
        return self.steps[position] if position < len(self.steps) else None


def parse(content: str, document_format: str) -> Document:
    """Raises `SsmError` InvalidDocumentContent or InvalidDocumentSchemaVersion."""
    raw = _mapping(_load(content, document_format), "the document")
    if raw.get("schemaVersion") != "0.3":
        raise SsmError(
            "InvalidDocumentSchemaVersion",
            f"schemaVersion is {raw.get('schemaVersion')!r}; an Automation document has '0.3'",
        )
    _only(raw, _DOCUMENT_FIELDS, "the document")
    raw_steps = raw.get("mainSteps")
    if not isinstance(raw_steps, list) or not raw_steps:
        raise _invalid("mainSteps should be a list with at least one step")
    document = Document(
        description=raw.get("description", ""),
        assume_role=raw.get("assumeRole"),
        parameters={
            name: _parameter(name, value) for name, value in _mapping(raw.get("parameters", {}), "parameters").items()
        },
        steps=tuple(_step(value) for value in raw_steps),
        outputs=tuple(raw.get("outputs", [])),
    )
    _check_names(document)
    _check_references(document)
    return document


def _load(content: str, document_format: str) -> Any:
    try:
        return json.loads(content) if document_format == "JSON" else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as error:
        raise _invalid(f"the content is not {document_format}: {error}") from error


def _parameter(name: str, raw: Any) -> Parameter:
    where = f"parameters.{name}"
    _only(_mapping(raw, where), _PARAMETER_FIELDS, where)
    if raw.get("type") not in PARAMETER_TYPES:
        raise _invalid(f"{where}.type is {raw.get('type')!r}; should be one of {', '.join(sorted(PARAMETER_TYPES))}")
    if raw["type"] != "String" and raw.keys() & {"allowedPattern", "minChars", "maxChars"}:
        raise _invalid(f"{where}: allowedPattern, minChars and maxChars are for type String")
    return Parameter(
        name=name,
        type=raw["type"],
        description=raw.get("description", ""),
        default=raw.get("default"),
        has_default="default" in raw,
        allowed_pattern=raw.get("allowedPattern"),
        allowed_values=tuple(raw["allowedValues"]) if "allowedValues" in raw else None,
        min_chars=raw.get("minChars"),
        max_chars=raw.get("maxChars"),
    )


def _step(raw: Any) -> Step:
    name = _mapping(raw, "a step of mainSteps").get("name")
    where = f"mainSteps.{name}"
    _only(raw, _STEP_FIELDS, where)
    if raw.get("action") not in ACTIONS:
        raise _invalid(f"{where}.action is {raw.get('action')!r}; known here are {', '.join(sorted(ACTIONS))}")
    on_failure = raw.get("onFailure", "Abort")
    if on_failure not in ("Abort", "Continue") and not str(on_failure).startswith("step:"):
        raise _invalid(f"{where}.onFailure is {on_failure!r}; should be Abort, Continue or step:NAME")
    return Step(
        name=name,
        action=raw["action"],
        inputs=_mapping(raw.get("inputs", {}), f"{where}.inputs"),
        outputs=tuple(_step_output(output, where) for output in raw.get("outputs", [])),
        next_step=raw.get("nextStep"),
        is_end=raw.get("isEnd", False),
        is_critical=raw.get("isCritical", True),
        on_failure=on_failure,
        max_attempts=raw.get("maxAttempts", 1),
        timeout_seconds=raw.get("timeoutSeconds"),
    )


def _step_output(raw: Any, where: str) -> StepOutput:
    _only(_mapping(raw, f"{where}.outputs"), _OUTPUT_FIELDS, f"{where}.outputs")
    missing = {"Name", "Selector"} - raw.keys()
    if missing:
        raise _invalid(f"{where}.outputs lacks {', '.join(sorted(missing))}")
    output_type = raw.get("Type", "String")
    if output_type not in OUTPUT_TYPES:
        raise _invalid(f"{where}.outputs.{raw['Name']}.Type is {output_type!r}; should be one of {', '.join(sorted(OUTPUT_TYPES))}")
    try:
        return StepOutput(raw["Name"], Selector.parse(raw["Selector"]), output_type)
    except BadSelector as error:
        raise _invalid(f"{where}.outputs.{raw['Name']}: {error}") from error


def _check_names(document: Document) -> None:
    names = [step.name for step in document.steps]
    if len(set(names)) != len(names):
        raise _invalid("mainSteps has two steps of the same name")
    for step in document.steps:
        targets = [step.next_step, step.failure_step]
        if step.action == "aws:branch":
            targets += [choice.get("NextStep") for choice in step.inputs.get("Choices", [])]
            targets.append(step.inputs.get("Default"))
        for target in targets:
            if target is not None and target not in names:
                raise _invalid(f"mainSteps.{step.name} leads to {target!r}, which is no step of the document")


def _check_references(document: Document) -> None:
    known = set(document.parameters) | GLOBAL_NAMES
    known |= {f"{step.name}.{output.name}" for step in document.steps for output in step.outputs}
    for where, value in [("assumeRole", document.assume_role)] + [
        (f"mainSteps.{step.name}.inputs", step.inputs) for step in document.steps
    ]:
        for name in references(value):
            if name not in known:
                raise _invalid(f"{where} refers to {name!r}, which is no parameter, step output or global variable")
    for name in document.outputs:
        if name not in known:
            raise _invalid(f"outputs names {name!r}, which is no step's output")


def _mapping(value: Any, where: str) -> dict:
    if not isinstance(value, dict):
        raise _invalid(f"{where} should be a mapping")
    return value


def _only(raw: dict, known: set[str], where: str) -> None:
    unknown = set(raw) - known
    if unknown:
        raise _invalid(f"{where} has {', '.join(sorted(map(str, unknown)))}, which the local runner does not know")


def _invalid(message: str) -> SsmError:
    return SsmError("InvalidDocumentContent", message)
