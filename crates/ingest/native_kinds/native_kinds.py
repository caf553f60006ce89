"""Writes the kinds of events that AWS lists: `npm pack @aws-cdk/aws-service-spec@VERSION`, then this with the archive.

The list is a checklist and no more: each of its kinds has a row in `kinds/`, or its source is ignored as a whole. What it
lacks (Lambda, Config, Inspector, Cost Explorer, Access Analyzer, Backup, deployments of ECS, contributors of alarms,
Security Hub's V2) is in the table from the services' own pages, which each file names.
"""

import gzip
import hashlib
import json
import sys
import tarfile
from pathlib import Path


def main(archive: Path) -> None:
    with tarfile.open(archive) as package:
        version = json.load(package.extractfile("package/package.json"))["version"]
        database = json.loads(gzip.decompress(package.extractfile("package/db.json.gz").read()))
    events = database["schema"]["event"]["entities"]
    lines = sorted(f"{event['source']}\t{event['detailType']}\n" for event in events)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    header = f"# @aws-cdk/aws-service-spec {version}, Apache-2.0, SHA-256 of its archive {digest}: {len(lines)} kinds\n"
    (Path(__file__).parent / "kinds.tsv").write_text(header + "".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
