"""A Python function that raises: what its caller and its log see, and that its environment lives on.

MiniStack ends the worker of every call that raised, so that the next one starts cold: a function that fails would be
slow as well, which it is not on AWS. It also calls every exception `Runtime.HandlerError` and leaves out the stack.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from collections.abc import Callable

from local_aws import ministack_names as names

_RAISED = "__local_aws_raised__"
# In a function's output: within one event of its log.
LINE_BREAK = "\r"

_ENDS_THE_WORKER = (
    '_real_stdout.write(json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")'
)
# The first frame is the worker's own.
_TELLS = f"""_frames = traceback.format_list(traceback.extract_tb(e.__traceback__)[1:])
            _real_stdout.write(json.dumps({{"status": "ok", "result": {{{_RAISED!r}: {{
                "errorMessage": str(e),
                "errorType": type(e).__name__,
                "requestId": context.aws_request_id,
                "stackTrace": [_frame.replace(code_dir, "/var/task") for _frame in _frames],
            }}}}}}) + "\\n")"""


def install() -> None:
    script = names.PYTHON_WORKER_SCRIPT.value()
    if script.count(_ENDS_THE_WORKER) != 1:
        raise RuntimeError("MiniStack's Python worker is another one than function_errors.py knows")
    names.PYTHON_WORKER_SCRIPT.replace(script.replace(_ENDS_THE_WORKER, _TELLS))
    names.LAMBDA_EXECUTE_WARM.wrap(_telling_what_was_raised)


def _telling_what_was_raised(original: Callable) -> Callable:
    def execute(func, event, request_id):
        result = original(func, event, request_id)
        body = result.get("body")
        raised = body.get(_RAISED) if isinstance(body, dict) else None
        if raised is None:
            return result
        report = f"[ERROR] {raised['errorType']}: {raised['errorMessage']}\nTraceback (most recent call last):\n"
        report = (report + "".join(raised["stackTrace"])).replace("\n", LINE_BREAK)
        return {"body": raised, "error": True, "log": "\n".join(filter(None, [result.get("log"), report]))}

    return execute
