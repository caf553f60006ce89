"""Refusals and failures, named and shaped as Bedrock's runtime has them.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
"""

import json

from local_aws.bedrock.wire import Answer

_UNEXPECTED = "The system encountered an unexpected error during processing. Try your request again."
# What each is sent with, and what it says where a script gives no words of its own.
STATUSES_AND_MESSAGES = {
    "AccessDeniedException": (403, "You don't have access to the model with the specified model ID."),
    "InternalServerException": (500, _UNEXPECTED),
    "ModelErrorException": (424, _UNEXPECTED),
    "ModelNotReadyException": (429, "The model is not ready for inference. Try your request again."),
    "ModelTimeoutException": (408, "Model processing timed out. Try your request again."),
    "ResourceNotFoundException": (404, "Could not resolve the foundation model from the provided model identifier."),
    "SerializationException": (400, "The request body is not JSON."),
    "ServiceQuotaExceededException": (400, "Your request exceeds the service quota for your account."),
    "ServiceUnavailableException": (503, "Bedrock is unable to process your request."),
    "ThrottlingException": (429, "Too many requests, please wait before trying again."),
    "ValidationException": (400, "The provided request is not valid."),
}
_TYPE_SUFFIX = ":http://internal.amazon.com/coral/com.amazon.bedrock/"


class Refused(Exception):
    """An error that a caller gets instead of an answer."""

    def __init__(self, code: str, message: str | None = None):
        self.status, default = STATUSES_AND_MESSAGES[code]
        self.code = code
        self.message = message or default
        super().__init__(self.message)

    def answer(self) -> Answer:
        body = {"message": self.message}
        if self.code == "ModelErrorException":
            body |= {"originalStatusCode": 500, "resourceName": ""}
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.code + _TYPE_SUFFIX}
        return Answer(self.status, headers, json.dumps(body).encode())


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)
