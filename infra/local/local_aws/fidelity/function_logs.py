"""A function's log as Lambda writes it.

MiniStack gives each invocation a stream of its own and its events no ids, splits a stack trace into its lines, and
says that all of it was written at the end. It does write it whatever the function's role may do; that stays.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import hashlib
import threading
import time

from ministack.services import cloudwatch_logs as logs
from ministack.services import lambda_svc

from local_aws import ministack_names as names
from local_aws.fidelity.function_errors import LINE_BREAK

_lock = threading.Lock()


def install() -> None:
    names.LAMBDA_EMIT_LOGS.replace(emit)


def emit(func: dict, request_id: str, log_text: str, _error: bool, duration_ms: int, *, log_source=None) -> None:
    """Takes MiniStack's place, so it has its parameters. `log_source` is Docker's, which never runs here."""
    config = func.get("config") or func
    now = int(time.time() * 1000)
    version, memory = config.get("Version", "$LATEST"), config.get("MemorySize", 128)
    written = [line.replace(LINE_BREAK, "\n") for line in (log_text or "").split("\n") if line]
    used = min(lambda_svc._probe_peak_memory_mb(func), memory)
    lines = [
        (now - duration_ms, f"START RequestId: {request_id} Version: {version}"),
        *((now, line) for line in written),
        (now, f"END RequestId: {request_id}"),
        (
            now,
            f"REPORT RequestId: {request_id}\tDuration: {duration_ms}.00 ms\tBilled Duration: {duration_ms} ms\t"
            f"Memory Size: {memory} MB\tMax Memory Used: {used} MB\t",
        ),
    ]
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
    events = [
        {"timestamp": at, "message": f"{line.rstrip()}\n", "ingestionTime": now, "eventId": _event_id(at, request_id, number)}
        for number, (at, line) in enumerate(lines)
    ]
    stream_name = _stream_name(config, version)
    with _lock:
        logs._append_log_events(_stream(group, stream_name, now), events)
    logs._fanout_to_subscription_filters(group, stream_name, events)


def _stream_name(config: dict, version: str) -> str:
    """One a day, version and configuration: that of its one environment, which is how few calls there are."""
    environment = hashlib.sha256(f"{config.get('FunctionArn')} {config.get('RevisionId')}".encode()).hexdigest()[:32]
    return f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version}]{environment}"


def _stream(group: str, name: str, now: int) -> dict:
    if group not in logs._log_groups:
        logs._create_log_group({"logGroupName": group})
    streams = logs._log_groups[group]["streams"]
    if name not in streams:
        logs._create_log_stream({"logGroupName": group, "logStreamName": name})
    return streams[name]


def _event_id(at: int, request_id: str, number: int) -> str:
    """As long as CloudWatch's, and in the order of time."""
    digits = int(hashlib.sha256(f"{request_id} {number}".encode()).hexdigest(), 16)
    return f"{at:020d}{digits % 10**36:036d}"
