"""The local AWS: MiniStack with IAM on, plus SSM Automation, X-Ray and a Bedrock by script. See ../README.md."""

from local_aws.automation_documents import create_automation_documents
from local_aws.bedrock.control import BadScript
from local_aws.bootstrap_zip import BootstrapMissing, make_bootstrap_zips
from local_aws.credentials import Credentials
from local_aws.deploy import DeployFailed, deploy
from local_aws.emulator import LocalAws
from local_aws.identities import allow
from local_aws.process import EmulatorDidNotStart

__all__ = [
    "BadScript",
    "BootstrapMissing",
    "Credentials",
    "DeployFailed",
    "EmulatorDidNotStart",
    "LocalAws",
    "allow",
    "create_automation_documents",
    "deploy",
    "make_bootstrap_zips",
]
