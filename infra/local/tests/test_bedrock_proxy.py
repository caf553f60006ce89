"""Bedrock's stand-in in front of an OpenAI-compatible server."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from bedrock_requests import (
    ANY_SCHEMA,
    MODEL,
    assistant_turn,
    content_of,
    error_of,
    tool_result,
    tool_use,
    tools_of,
    user_turn,
)
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws.bedrock.control import PROXY_VARIABLE


@contextmanager
def _openai_server(answer: dict | None):
    """Its URL, and what it was asked; it breaks where there is no answer."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            body = json.dumps(answer).encode() if answer else b"no"
            self.send_response(200 if answer else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_proxy_gets_tools_and_their_results_and_its_answer_comes_back():
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "logs"}'}}
    answer = {
        "choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [call]}}],
        "usage": {"prompt_tokens": 21, "completion_tokens": 7},
    }
    with _openai_server(answer) as (url, asked), LocalAws(environment={PROXY_VARIABLE: url}) as aws:
        aws.script_model([{"when": "script", "say": "by the script"}])
        client = aws.client("bedrock-runtime")
        assert content_of(client.converse(modelId=MODEL, messages=[user_turn("script")])) == [{"text": "by the script"}]
        config = tools_of("look", look=ANY_SCHEMA)
        config["tools"].append({"cachePoint": {"type": "default"}})
        got = client.converse(
            modelId=MODEL,
            system=[{"text": "You look."}, {"cachePoint": {"type": "default"}}],
            messages=[user_turn("?"), assistant_turn(tool_use()), user_turn(tool_result())],
            toolConfig=config,
            inferenceConfig={"maxTokens": 50, "temperature": 0},
        )
    assert content_of(got) == [tool_use("look", "c1", at="logs")]
    assert (got["stopReason"], got["usage"]["inputTokens"], got["usage"]["outputTokens"]) == ("tool_use", 21, 7)
    ((path, sent),) = asked
    assert path == "/v1/chat/completions"
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool"]
    assert sent["messages"][3] == {"role": "tool", "tool_call_id": "u1", "content": "seen"}
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["look"]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert (sent["model"], sent["max_tokens"], sent["temperature"]) == (MODEL, 50, 0)


def test_proxy_that_does_not_answer_is_unavailable_and_nothing_is_made_up():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with _openai_server(None) as (broken, _asked):
        for url in (nobody, broken):
            with LocalAws(environment={PROXY_VARIABLE: url}) as aws, pytest.raises(ClientError) as refused:
                aws.client("bedrock-runtime").converse(modelId=MODEL, messages=[user_turn("?")])
            assert error_of(refused) == ("ServiceUnavailableException", 503)
