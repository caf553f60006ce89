"""The Python function that ours are compared with: the same clients, made by boto3, in the same loop.

Started like a bootstrap: `python_equivalent.py --clients dynamodb,ssm`. It has no handler, because what is compared
is the time and memory that it takes to be ready for work.
"""

import http.client
import os
import sys

import boto3


def main() -> None:
    names = sys.argv[sys.argv.index("--clients") + 1].split(",")
    # Kept, as a handler would keep them.
    clients = [boto3.client(name) for name in names]
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while clients:
        runtime.request("GET", "/2018-06-01/runtime/invocation/next")
        invocation = runtime.getresponse()
        id_ = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        invocation.read()
        runtime.request("POST", f"/2018-06-01/runtime/invocation/{id_}/response", b'{"result":"done"}')
        runtime.getresponse().read()


if __name__ == "__main__":
    main()
