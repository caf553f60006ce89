"""The documents of each account and region, with their versions."""

import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

import yaml

from local_aws.automation.document import Document, parse
from local_aws.automation.errors import SsmError
from local_aws.automation.paging import page

_RESERVED_PREFIX = re.compile(r"(aws|amazon|amzn)", re.IGNORECASE)


@dataclass(frozen=True)
class Version:
    number: int
    content: str
    format: str
    document: Document
    created: float

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass
class StoredDocument:
    name: str
    owner: str
    tags: list[dict[str, str]]
    versions: list[Version] = field(default_factory=list)
    default: int = 1


class Documents:
    def __init__(self) -> None:
        self._stored: dict[tuple[str, str, str], StoredDocument] = {}

    def create(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        name = request["Name"]
        if request.get("DocumentType", "Command") != "Automation":
            raise SsmError("InvalidDocumentContent", "DocumentType should be Automation: the local runner has no other")
        if _RESERVED_PREFIX.match(name):
            raise SsmError("ValidationException", f"Name {name!r} should not start with aws, amazon or amzn")
        if (account, region, name) in self._stored:
            raise SsmError("DocumentAlreadyExists", f"Document with same name {name} already exists")
        stored = StoredDocument(name, account, request.get("Tags", []))
        self._add_version(stored, request)
        self._stored[account, region, name] = stored
        return {"DocumentDescription": _description(stored, stored.versions[-1])}

    def update(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stored = self._find(account, region, request["Name"])
        if any(version.content == request["Content"] for version in stored.versions):
            raise SsmError("DuplicateDocumentContent", "The content of the document matches one of its versions")
        self._add_version(stored, request)
        return {"DocumentDescription": _description(stored, stored.versions[-1])}

    def set_default(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stored = self._find(account, region, request["Name"])
        stored.default = _version(stored, request["DocumentVersion"]).number
        return {"Description": {"Name": stored.name, "DefaultVersion": str(stored.default)}}

    def describe(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stored = self._find(account, region, request["Name"])
        return {"Document": _description(stored, _version(stored, request.get("DocumentVersion")))}

    def get(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stored = self._find(account, region, request["Name"])
        version = _version(stored, request.get("DocumentVersion"))
        # JSON unless the caller wants YAML, whatever it was created as.
        wanted = request.get("DocumentFormat", "JSON")
        return {
            **_identifier(stored, version),
            "Status": "Active",
            "DocumentFormat": wanted,
            "Content": _in_format(version, wanted),
        }

    def list(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        own = [stored for (owner, where, _), stored in sorted(self._stored.items()) if (owner, where) == (account, region)]
        for wanted in request.get("Filters", []):
            own = [stored for stored in own if _passes(stored, wanted)]
        return page([_identifier(stored, _version(stored, None)) for stored in own], request, "DocumentIdentifiers")

    def delete(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        self._find(account, region, request["Name"])
        del self._stored[account, region, request["Name"]]
        return {}

    def is_stored(self, account: str, region: str, name: str) -> bool:
        return (account, region, name) in self._stored

    def runnable(self, account: str, region: str, name: str, version: str | None) -> Version:
        """Raises AutomationDefinition(Version)NotFoundException."""
        try:
            stored = self._find(account, region, name)
        except SsmError as missing:
            raise SsmError(
                "AutomationDefinitionNotFoundException", f"No Automation definition is named {name}"
            ) from missing
        try:
            return _version(stored, version)
        except SsmError as missing:
            raise SsmError(
                "AutomationDefinitionVersionNotFoundException", f"{name} has no version {version}"
            ) from missing

    def clear(self) -> None:
        self._stored.clear()

    def _find(self, account: str, region: str, name: str) -> StoredDocument:
        try:
            return self._stored[account, region, name]
        except KeyError:
            raise SsmError("InvalidDocument", f"Document with name {name} does not exist.") from None

    def _add_version(self, stored: StoredDocument, request: dict[str, Any]) -> None:
        content, document_format = request["Content"], request.get("DocumentFormat", "JSON")
        stored.versions.append(
            Version(len(stored.versions) + 1, content, document_format, parse(content, document_format), time.time())
        )


def _version(stored: StoredDocument, wanted: str | None) -> Version:
    if wanted in (None, "$DEFAULT"):
        number = stored.default
    else:
        number = len(stored.versions) if wanted == "$LATEST" else int(wanted)
    if not 1 <= number <= len(stored.versions):
        raise SsmError("InvalidDocumentVersion", f"Document {stored.name} has no version {wanted}.")
    return stored.versions[number - 1]


def _in_format(version: Version, wanted: str) -> str:
    if wanted == version.format:
        return version.content
    content = yaml.safe_load(version.content)
    return json.dumps(content, indent=2) if wanted == "JSON" else yaml.safe_dump(content, sort_keys=False)


def _passes(stored: StoredDocument, wanted: dict[str, Any]) -> bool:
    key, values = wanted["Key"], wanted.get("Values", [])
    if key == "Name":
        return any(stored.name.startswith(value) for value in values)
    if key == "Owner":
        return any(value in ("Self", "Private", "All") for value in values)
    if key == "DocumentType":
        return "Automation" in values
    raise SsmError("InvalidFilterKey", f"filter {key!r}: the local runner knows Name, Owner and DocumentType")


def _identifier(stored: StoredDocument, version: Version) -> dict[str, Any]:
    return {
        "Name": stored.name,
        "CreatedDate": version.created,
        "DocumentVersion": str(version.number),
        "DocumentType": "Automation",
        "DocumentFormat": version.format,
    }


def _description(stored: StoredDocument, version: Version) -> dict[str, Any]:
    return {
        **_identifier(stored, version),
        "Owner": stored.owner,
        "Status": "Active",
        "SchemaVersion": "0.3",
        "Description": version.document.description,
        "Hash": version.hash,
        "HashType": "Sha256",
        "LatestVersion": str(len(stored.versions)),
        "DefaultVersion": str(stored.default),
        "Tags": stored.tags,
        "Parameters": [
            {"Name": parameter.name, "Type": parameter.type, "Description": parameter.description}
            | ({"DefaultValue": str(parameter.default)} if parameter.has_default else {})
            for parameter in version.document.parameters.values()
        ],
    }
