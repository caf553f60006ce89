"""Failures, named as SSM names them."""


class SsmError(Exception):
    """An error for the API's caller: `code` is the modelled exception's name."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class StepFailed(Exception):
    """A step's action did not succeed; `stage` and `kind` become its FailureDetails."""

    def __init__(self, message: str, *, stage: str = "Invocation", kind: str = "ClientException"):
        super().__init__(message)
        self.stage = stage
        self.kind = kind


class StepTimedOut(Exception):
    """A step did not finish within its timeoutSeconds."""


class Cancelled(Exception):
    """StopAutomationExecution came while a step was running."""
