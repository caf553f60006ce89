"""Replaces local paths in a template by S3 ones, as `aws cloudformation package` does.

The template's text is edited only where a path stands, found by the YAML parser's own
positions, so that everything else (intrinsic functions above all) reaches
CloudFormation as it was written.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

PACKAGED_PROPERTIES = ("CodeUri", "ContentUri", "DefinitionUri")
_BOOTSTRAP = "bootstrap.zip"


class LocalPathMissing(Exception):
    """The template names a local file that is not there."""


@dataclass(frozen=True)
class LocalPath:
    resource: str
    property: str
    path: str
    start: int
    end: int


def package(template: Path, zips_dir: Path | None, bucket: str, s3) -> str:
    """The template's text with every local file uploaded to `bucket` and named by its S3 URI.

    `<anything>/<function>/bootstrap.zip` is taken from `zips_dir/<function>/bootstrap.zip`
    when `zips_dir` is given; every other path is relative to the template.
    """
    text = template.read_text()
    packaged = text
    # From the end, so that earlier positions stay right.
    for local in sorted(find_local_paths(text), key=lambda found: found.start, reverse=True):
        file = _resolve(template, zips_dir, local)
        packaged = packaged[: local.start] + _upload(file, bucket, s3) + packaged[local.end :]
    return packaged


def find_local_paths(text: str) -> Iterator[LocalPath]:
    root = yaml.compose(text)
    resources = _child(root, "Resources")
    for resource_key, resource in resources.value if resources else ():
        properties = _child(resource, "Properties")
        for key, value in properties.value if properties else ():
            is_path = isinstance(value, yaml.ScalarNode) and value.tag == "tag:yaml.org,2002:str"
            if key.value in PACKAGED_PROPERTIES and is_path and not value.value.startswith("s3://"):
                yield LocalPath(
                    resource_key.value, key.value, value.value, value.start_mark.index, value.end_mark.index
                )


def _child(node, name: str):
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _resolve(template: Path, zips_dir: Path | None, local: LocalPath) -> Path:
    written = Path(local.path)
    if zips_dir is not None and written.name == _BOOTSTRAP:
        file = Path(zips_dir) / written.parent.name / _BOOTSTRAP
    else:
        file = template.parent / written
    if not file.is_file():
        raise LocalPathMissing(
            f"{template}: {local.resource}.{local.property} is {local.path}, which should be the file {file}"
        )
    return file


def _upload(file: Path, bucket: str, s3) -> str:
    """Uploads under the content's hash, so that what did not change keeps its URI."""
    content = file.read_bytes()
    key = f"{hashlib.sha256(content).hexdigest()}{file.suffix}"
    if s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount", 0) == 0:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"
