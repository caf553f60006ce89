import hashlib
import json

import pytest
import yaml
from botocore.exceptions import ClientError


def _content(duration: str) -> str:
    step = {"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": duration}}
    return json.dumps({"schemaVersion": "0.3", "description": "Waits.", "mainSteps": [step]})


@pytest.fixture
def document(aws, name):
    aws.client("ssm").create_document(
        Name=name, Content=_content("PT1S"), DocumentType="Automation", DocumentFormat="JSON"
    )
    return name


def _code_of(call) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]


def test_document_created_is_described_and_listed(aws, document):
    ssm = aws.client("ssm")
    described = ssm.describe_document(Name=document)["Document"]
    assert (described["DocumentVersion"], described["Status"]) == ("1", "Active")
    assert ssm.get_document(Name=document)["Content"] == _content("PT1S")
    listed = ssm.list_documents(Filters=[{"Key": "Name", "Values": [document]}])["DocumentIdentifiers"]
    assert [found["Name"] for found in listed] == [document]


def test_document_updated_keeps_its_default_version_until_told(aws, document):
    ssm = aws.client("ssm")
    ssm.update_document(Name=document, Content=_content("PT2S"), DocumentFormat="JSON", DocumentVersion="$LATEST")
    assert ssm.get_document(Name=document)["DocumentVersion"] == "1"
    assert ssm.get_document(Name=document, DocumentVersion="$LATEST")["DocumentVersion"] == "2"
    ssm.update_document_default_version(Name=document, DocumentVersion="2")
    assert ssm.get_document(Name=document)["Content"] == _content("PT2S")


def test_document_with_the_same_name_or_content_is_refused(aws, document):
    ssm = aws.client("ssm")
    same = {"Name": document, "Content": _content("PT1S"), "DocumentFormat": "JSON"}
    assert _code_of(lambda: ssm.create_document(**same, DocumentType="Automation")) == "DocumentAlreadyExists"
    assert _code_of(lambda: ssm.update_document(**same)) == "DuplicateDocumentContent"


def test_document_deleted_is_gone(aws, document):
    ssm = aws.client("ssm")
    ssm.delete_document(Name=document)
    for call in (ssm.describe_document, ssm.get_document, ssm.delete_document):
        assert _code_of(lambda call=call: call(Name=document)) == "InvalidDocument"


def test_document_created_as_yaml_is_given_as_json_unless_yaml_is_wanted(aws, name):
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDocument.html: "JSON is the default format."
    ssm = aws.client("ssm")
    text = yaml.safe_dump(json.loads(_content("PT1S")))
    ssm.create_document(Name=name, Content=text, DocumentType="Automation", DocumentFormat="YAML")
    given = ssm.get_document(Name=name)
    assert (given["DocumentFormat"], json.loads(given["Content"])) == ("JSON", json.loads(_content("PT1S")))
    assert ssm.get_document(Name=name, DocumentFormat="YAML")["Content"] == text
    # The hash is that of the content as it was created.
    hashed = ssm.describe_document(Name=name, DocumentVersion="1")["Document"]
    assert (hashed["HashType"], hashed["Hash"]) == ("Sha256", hashlib.sha256(text.encode()).hexdigest())
