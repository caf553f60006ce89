"""A bootstrap that answers with what it got, and fails when told to."""

import http.client
import os

runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", "/2018-06-01/runtime/invocation/next")
    invocation = runtime.getresponse()
    id_ = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    payload = invocation.read()
    kind = "error" if payload == b'"fail"' else "response"
    runtime.request("POST", f"/2018-06-01/runtime/invocation/{id_}/{kind}", payload)
    runtime.getresponse().read()
