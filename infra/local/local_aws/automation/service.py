"""The operations, by name, on the documents and executions of the calling account."""

import uuid
from typing import Any

from local_aws.automation import runner
from local_aws.automation.authorization import Caller
from local_aws.automation.change_calendars import DOCUMENT_TYPE as CHANGE_CALENDAR
from local_aws.automation.change_calendars import ChangeCalendars
from local_aws.automation.documents import Documents
from local_aws.automation.execution import Execution, StepExecution
from local_aws.automation.executions import Executions
from local_aws.automation.parameters import bind, invalid
from local_aws.automation.role import check_caller_may_pass, check_ssm_may_assume
from local_aws.automation.substitution import substitute


class AutomationService:
    def __init__(self) -> None:
        self.documents = Documents()
        self.calendars = ChangeCalendars(self.documents.is_stored)
        self.executions = Executions(runner.start)
        self.operations = {
            "CreateDocument": self._on(self._create_document),
            "UpdateDocument": self._on(self.documents.update),
            "UpdateDocumentDefaultVersion": self._on(self.documents.set_default),
            "DescribeDocument": self._on(self.documents.describe),
            "GetDocument": self._on(self.documents.get),
            "ListDocuments": self._on(self.documents.list),
            "DeleteDocument": self._on(self._delete_document),
            "GetCalendarState": self._on(self.calendars.state),
            "StartAutomationExecution": self._start,
            "GetAutomationExecution": self._get,
            "DescribeAutomationExecutions": self._on(self.executions.describe),
            "DescribeAutomationStepExecutions": self._on(self.executions.describe_steps),
            "StopAutomationExecution": self._on(self.executions.stop),
        }

    def clear(self) -> None:
        self.documents.clear()
        self.calendars.clear()
        self.executions.clear()

    @staticmethod
    def _on(operation):
        return lambda caller, request: operation(caller.account, caller.region, request)

    def _create_document(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stored = self.calendars if request.get("DocumentType") == CHANGE_CALENDAR else self.documents
        return stored.create(account, region, request)

    def _delete_document(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        if self.calendars.delete(account, region, request["Name"]):
            return {}
        return self.documents.delete(account, region, request)

    def _start(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        unsupported = set(request) & {"Targets", "TargetMaps", "TargetLocations", "TargetLocationsURL", "AlarmConfiguration"}
        if unsupported or request.get("Mode", "Auto") != "Auto":
            raise invalid(f"the local runner runs one automation in mode Auto, without {', '.join(sorted(unsupported))}")
        # Before anything else: what the token started stays so whatever became of the document.
        earlier = self.executions.started_before(caller.account, caller.region, request)
        if earlier is not None:
            return {"AutomationExecutionId": earlier}
        version = self.documents.runnable(
            caller.account, caller.region, request["DocumentName"], request.get("DocumentVersion")
        )
        parameters = bind(version.document, request.get("Parameters", {}))
        role_arn = substitute(version.document.assume_role, parameters)
        if not role_arn:
            raise invalid("the document has no assumeRole; the local runner cannot act as the caller")
        new_id = str(uuid.uuid4())
        # SSM asks for the action twice: on the document (the gateway did) and on the execution.
        execution_arn = f"arn:aws:ssm:{caller.region}:{caller.account}:automation-execution/{new_id}"
        caller.require("ssm:StartAutomationExecution", execution_arn)
        check_caller_may_pass(caller, role_arn)
        check_ssm_may_assume(role_arn)
        execution = Execution(
            id=new_id,
            account=caller.account,
            region=caller.region,
            document_name=request["DocumentName"],
            document_version=str(version.number),
            document=version.document,
            parameters=parameters,
            role_arn=role_arn,
            executed_by=caller.arn,
            steps=[StepExecution(step) for step in version.document.steps],
            tags=request.get("Tags", []),
        )
        return {"AutomationExecutionId": self.executions.start(execution, request)}

    def _get(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        execution = self.executions.get(caller.account, caller.region, request["AutomationExecutionId"])
        return {"AutomationExecution": execution.view()}
