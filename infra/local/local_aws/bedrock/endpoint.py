"""Converse on MiniStack's port, under its IAM; the stand-in's script and what it was asked, on a path of our own."""

import json
import os
import re
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalResult, enforce, request_caller_arn
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import bedrock_runtime

from local_aws import ministack_names as names
from local_aws.bedrock import ruled_model, validation, wire
from local_aws.bedrock.authorization import guardrail_resource, model_resources
from local_aws.bedrock.control import REQUESTS, SCRIPT, SCRIPT_VARIABLE
from local_aws.bedrock.conversation import Conversation
from local_aws.bedrock.errors import Refused, invalid
from local_aws.bedrock.prompt_cache import PromptCache
from local_aws.bedrock.script import Script, ScriptError, error_of, used
from local_aws.bedrock.wire import Answer, Silence

_SERVICE = "bedrock-runtime"
_CONVERSE = re.compile(r"/model/(.+)/converse")
_JSON = {"Content-Type": "application/json"}
# What was asked can be looked at, but not for ever.
_KEPT_REQUESTS = 500
# How MiniStack answers where its proxy did not; that is not what anybody set a proxy for.
_MADE_UP = "[ministack mock "


class Bedrock:
    def __init__(self, original: Callable, script_file: Path | None):
        self._original = original
        self._script_file = script_file
        self._script = Script()
        self._cache = PromptCache()
        self._asked: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)
        self.clear()

    def clear(self) -> None:
        self._cache.clear()
        self._asked.clear()
        self._script.clear()
        if self._script_file:
            self._script.load(self._script_file.read_bytes())

    async def handle_request(self, method, path, headers, body, query_params):
        found = _CONVERSE.fullmatch(path) if method == "POST" else None
        if found is None:
            return await self._original(method, path, headers, body, query_params)
        model = unquote(found[1])
        try:
            conversation = Conversation(model, self._checked(model, headers, body, query_params))
            answer, by = await self._answer(conversation, (method, path, headers, body, query_params))
        except Refused as refused:
            conversation, answer, by = None, refused.answer(), refused.code
        asked = conversation.body if conversation else body.decode(errors="replace")
        self._asked.append({"modelId": model, "request": asked, "answeredBy": by})
        return answer.sent()

    def _checked(self, model: str, headers, body, query_params) -> dict[str, Any]:
        """The request; the gateway has checked the first of the model's resources."""
        region, account = get_region(), get_account_id()
        if model.startswith("arn:") and model.split(":")[3] != region:
            raise invalid("The provided model identifier is invalid.")
        needed = [("bedrock:InvokeModel", arn) for arn in model_resources(model, region, account)[1:]]
        request = validation.read(body)
        guardrail = (request.get("guardrailConfig") or {}).get("guardrailIdentifier")
        if guardrail:
            needed.append(("bedrock:ApplyGuardrail", guardrail_resource(guardrail, region, account)))
        for action, arn in needed:
            key = extract_access_key_id(headers, query_params) or ""
            denied = enforce(key, action, _SERVICE, region, resource_arn=arn)
            if denied:
                explicit = isinstance(denied, EvalResult) and denied.decision == "Deny"
                caller = request_caller_arn(headers, query_params)
                raise Refused("AccessDeniedException", identity_denial_message(action, caller, arn, explicit))
        return request

    async def _answer(self, conversation: Conversation, request: tuple) -> tuple[Answer | Silence, str]:
        guardrail = _guardrail(conversation)
        if guardrail and (stopped := _stopped_by(guardrail, "INPUT", conversation.last_user_text())):
            return _spoken([{"text": stopped}], "guardrail_intervened", dict.fromkeys(_COUNTS, 0)), "guardrail"
        scripted = self._script.answer(conversation)
        if scripted is None and bedrock_runtime._PROXY_URL:
            return await self._proxied(request), "proxy"
        if scripted is None:
            answer, by = {"content": ruled_model.answer(conversation)}, "rules"
        else:
            answer, by = scripted[1], f"case {scripted[0]}"
        if "fail" in answer:
            return Refused(*error_of(answer)).answer(), by
        if "hang" in answer:
            return Silence(), by
        if "body" in answer:
            return Answer(200, _JSON, answer["body"].encode()), by
        content = _content(answer)
        stop = answer.get("stop") or ("tool_use" if any("toolUse" in block for block in content) else "end_turn")
        said = json.dumps(content)
        if guardrail and (stopped := _stopped_by(guardrail, "OUTPUT", said)):
            content, stop = [{"text": stopped}], "guardrail_intervened"
        usage = self._cache.usage(get_account_id(), conversation, said)
        if "usage" in answer:
            usage = None if answer["usage"] is None else usage | answer["usage"]
        return _spoken(content, stop, usage, is_cut="cut" in answer), by

    async def _proxied(self, request: tuple) -> Answer:
        status, headers, body = await self._original(*request)
        if status == 200 and _MADE_UP in body.decode(errors="replace"):
            raise Refused("ServiceUnavailableException", "the server behind MINISTACK_BEDROCK_PROXY_URL did not answer")
        return Answer(status, headers, body)

    async def control(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        """Our own path; `None` for any other."""
        match method, path:
            case "GET", p if p == SCRIPT:
                found = self._script.cases()
            case "PUT", p if p == SCRIPT:
                try:
                    self._script.load(body)
                except ScriptError as error:
                    return 400, dict(_JSON), json.dumps({"message": str(error)}).encode()
                found = self._script.cases()
            case "GET", p if p == REQUESTS:
                found = list(self._asked)
            case "DELETE", p if p == REQUESTS:
                self._asked.clear()
                found = []
            case _:
                return None
        return 200, dict(_JSON), json.dumps(found).encode()


_COUNTS = ("inputTokens", "outputTokens", "totalTokens")


def _content(answer: dict[str, Any]) -> list[dict[str, Any]]:
    content = list(answer.get("content") or [])
    if "say" in answer:
        content.append({"text": answer["say"]})
    if "fill" in answer:
        content.append({"text": "x" * answer["fill"]})
    content += [{"toolUse": use} for use in used(answer)]
    return [{"toolUse": _tool_use(block["toolUse"])} if "toolUse" in block else block for block in content]


def _tool_use(use: dict[str, Any]) -> dict[str, Any]:
    given = use.get("toolUseId") or use.get("id")
    return {
        "toolUseId": given or f"tooluse_{secrets.token_urlsafe(16)}",
        "name": use["name"],
        "input": use.get("input", {}),
    }


def _spoken(content: list[dict[str, Any]], stop: str, usage: dict[str, int] | None, *, is_cut: bool = False) -> Answer:
    body = {
        "metrics": {"latencyMs": 1},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": stop,
    }
    if usage is not None:
        body["usage"] = usage
    return Answer(200, _JSON, json.dumps(body).encode(), is_cut=is_cut)


def _guardrail(conversation: Conversation) -> dict[str, Any] | None:
    config = conversation.body.get("guardrailConfig")
    if not config:
        return None
    identifier, version = config.get("guardrailIdentifier", ""), config.get("guardrailVersion", "DRAFT")
    found = bedrock_runtime._resolve_guardrail(identifier, version)
    if found is None:
        raise invalid("The guardrail identifier or version provided in the request does not exist.")
    return found


def _stopped_by(guardrail: dict[str, Any], source: str, text: str) -> str | None:
    """The guardrail's own text, if it steps in."""
    if not bedrock_runtime._evaluate_guardrail(guardrail, source, text)["blocked"]:
        return None
    name = "BlockedInputMessaging" if source == "INPUT" else "BlockedOutputsMessaging"
    return guardrail.get(name) or "Blocked by guardrail."


def install() -> None:
    file = os.environ.get(SCRIPT_VARIABLE)
    bedrock = Bedrock(names.BEDROCK_HANDLER.value(), Path(file) if file else None)
    names.BEDROCK_HANDLER.replace(bedrock.handle_request)
    wire.install()
    names.HANDLE_POST_BODY_SHORTCUTS.wrap(lambda original: _with_control(original, bedrock))
    names.BEDROCK_RESET.wrap(lambda original: _with_clear(original, bedrock))


def _with_control(original: Callable, bedrock: Bedrock) -> Callable:
    async def handle(method, path, headers, body, query_params, request_id):
        own = await bedrock.control(method, path, body)
        return own or await original(method, path, headers, body, query_params, request_id)

    return handle


def _with_clear(original: Callable[[], None], bedrock: Bedrock) -> Callable[[], None]:
    def reset() -> None:
        original()
        bedrock.clear()

    return reset
