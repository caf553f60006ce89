import json
import os
import stat
import subprocess
import sys
import time
import zipfile

import pytest

from local_aws import BootstrapMissing, DeployFailed, deploy, make_bootstrap_zips
from local_aws.packaging import LocalPathMissing

# A custom runtime in a dozen lines: what a Rust function's bootstrap does.
_BOOTSTRAP = """#!%s
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as invocation:
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = {"greeting": os.environ["GREETING"], "endpoint": os.environ["AWS_ENDPOINT_URL"]}
    urllib.request.urlopen(api + request_id + "/response", json.dumps(answer).encode()).close()
"""
_TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../target/lambda/hello/bootstrap.zip
      Runtime: provided.al2023
      Handler: bootstrap
      Environment:
        Variables: {GREETING: !Sub '${Greeting}!'}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: ../statemachines/greet.asl.json
      DefinitionSubstitutions: {HelloArn: !GetAtt Hello.Arn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Hello}}]
Outputs:
  HelloName: {Value: !Ref Hello}
  MachineArn: {Value: !Ref Machine}
"""
_MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Greet",
    "States": {
        "Greet": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${HelloArn}"},
            "Output": "{% $states.result.Payload.greeting %}",
            "End": True,
        }
    },
}


@pytest.fixture
def project(tmp_path):
    """A repository's shape: infra/template.yaml, statemachines, a built binary and its zip."""
    for folder in ("infra", "statemachines", "target/debug"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "infra/template.yaml").write_text(_TEMPLATE)
    (tmp_path / "statemachines/greet.asl.json").write_text(json.dumps(_MACHINE))
    (tmp_path / "target/debug/hello").write_text(_BOOTSTRAP % sys.executable)
    make_bootstrap_zips(tmp_path / "target", tmp_path / "zips", ["hello"])
    return tmp_path


def _deploy(aws, project, stack, greeting="hi"):
    return deploy(
        aws, stack, project / "infra/template.yaml",
        parameters={"Greeting": greeting}, zips_dir=project / "zips",
    )  # fmt: skip


def _greet(aws, outputs) -> str:
    machines = aws.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=outputs["MachineArn"])["executionArn"]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = machines.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            assert found["status"] == "SUCCEEDED", found
            return json.loads(found["output"])
        time.sleep(0.05)
    raise AssertionError(f"{execution} did not end")


def test_deploy_runs_the_binary_in_the_machine(aws, project, name):
    outputs = _deploy(aws, project, name)
    assert _greet(aws, outputs) == "hi!"
    answer = aws.client("lambda").invoke(FunctionName=outputs["HelloName"])["Payload"].read()
    assert json.loads(answer)["endpoint"] == aws.endpoint


def test_deploy_again_updates(aws, project, name):
    first = _deploy(aws, project, name)
    assert _deploy(aws, project, name) == first
    assert _greet(aws, _deploy(aws, project, name, greeting="hello")) == "hello!"


def test_deploy_of_a_template_too_long_to_send_goes_through_s3(aws, project, name):
    (project / "infra/template.yaml").write_text(_TEMPLATE + "# padding\n" * 6000)
    assert _deploy(aws, project, name)["HelloName"]


def test_deploy_that_fails_names_the_resource_and_the_reason(aws, project, name):
    template = project / "infra/template.yaml"
    broken = "  Broken: {Type: AWS::SSM::Parameter, Properties: {Name: aws-reserved, Type: String, Value: x}}\nOutputs:"
    template.write_text(_TEMPLATE.replace("Outputs:", broken))
    with pytest.raises(DeployFailed, match=r"Broken \(AWS::SSM::Parameter\): .*be prefixed"):
        _deploy(aws, project, name)


def test_deploy_of_a_missing_file_names_the_resource_and_the_field(aws, project, name):
    (project / "statemachines/greet.asl.json").unlink()
    with pytest.raises(LocalPathMissing, match=r"Machine\.DefinitionUri is \.\./statemachines/greet"):
        _deploy(aws, project, name)


def test_bootstrap_zip_is_executable_and_always_the_same(project):
    archive = project / "zips/hello/bootstrap.zip"
    first = archive.read_bytes()
    archive.unlink()
    os.utime(project / "target/debug/hello", (1, 1))
    make_bootstrap_zips(project / "target", project / "zips", ["hello"])
    assert archive.read_bytes() == first
    with zipfile.ZipFile(archive) as opened:
        (entry,) = opened.infolist()
    assert entry.filename == "bootstrap"
    assert stat.S_IMODE(entry.external_attr >> 16) == 0o755


def test_bootstrap_zip_of_an_unbuilt_function_names_the_binary(project):
    with pytest.raises(BootstrapMissing, match="target/debug/goodbye"):
        make_bootstrap_zips(project / "target", project / "zips", ["goodbye"])


def test_foreground_prints_exports_and_stops_on_sigterm(eventually):
    running = subprocess.Popen(
        [sys.executable, "-m", "local_aws"], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        line = running.stdout.readline()
        assert line.startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
        running.terminate()
        assert running.wait(20) == 0
