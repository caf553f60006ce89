"""Lambda's metrics also by alias, dimensions FunctionName and Resource (`checkout:live`), and by the version that an alias
ran, with ExecutedVersion as a third one.

AWS publishes these sets for an invocation through an alias; MiniStack only the one by function, on which an alarm can't
tell a live version from a test of a new one.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
"""

import contextvars

from ministack.services import cloudwatch, lambda_svc

from local_aws import ministack_names as names

_qualifier: contextvars.ContextVar[str | None] = contextvars.ContextVar("invoked_qualifier", default=None)


def install() -> None:
    invoke = names.LAMBDA_INVOKE.value()
    emit = names.LAMBDA_EMIT_METRICS.value()

    async def invoke_remembering_qualifier(name, event, headers, path_qualifier=None, query_params=None):
        token = _qualifier.set(path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier") or None)
        try:
            return await invoke(name, event, headers, path_qualifier, query_params)
        finally:
            _qualifier.reset(token)

    def emit_by_alias_too(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        emit(function_name, duration_ms, error, throttle)
        if qualifier := _qualifier.get():
            of_alias = {"FunctionName": function_name, "Resource": f"{function_name}:{qualifier}"}
            version = _version(function_name, qualifier)
            for dimensions in (of_alias, of_alias | {"ExecutedVersion": version}) if version else (of_alias,):
                for metric, value in (("Invocations", 1), ("Errors", int(error)), ("Throttles", int(throttle))):
                    cloudwatch.record_metric("AWS/Lambda", metric, value, "Count", dimensions)
                if duration_ms > 0:
                    cloudwatch.record_metric("AWS/Lambda", "Duration", duration_ms, "Milliseconds", dimensions)

    names.LAMBDA_INVOKE.replace(invoke_remembering_qualifier)
    names.LAMBDA_EMIT_METRICS.replace(emit_by_alias_too)


def _version(function_name: str, qualifier: str) -> str | None:
    """The version that an alias runs; MiniStack knows of no weights. None of what is no alias."""
    alias = lambda_svc._functions.get(function_name, {}).get("aliases", {}).get(qualifier)
    return alias and alias.get("FunctionVersion")
