"""Puts the documents of infra/automation into a local AWS, under their real names."""

from pathlib import Path

from local_aws.emulator import LocalAws

DOCUMENTS_DIR = Path(__file__).resolve().parents[2] / "automation"


def create_automation_documents(aws: LocalAws, documents_dir: Path = DOCUMENTS_DIR) -> list[str]:
    """Creates `Nightshift-<stem>` for each file; the names."""
    ssm = aws.client("ssm")
    names = []
    for path in sorted(documents_dir.glob("*.yaml")):
        name = f"Nightshift-{path.stem}"
        ssm.create_document(
            Name=name, Content=path.read_text(), DocumentType="Automation", DocumentFormat="YAML"
        )
        names.append(name)
    return names
