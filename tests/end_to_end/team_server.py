"""A server of the Model Context Protocol, as a team might have one: `python team_server.py` prints its port and serves.

Streamable HTTP in its simplest form: every answer is one JSON document, and there are no sessions.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_AUTHORIZATION = "Bearer sourdough"
_TOOLS = [
    {
        "name": "find_dough",
        "description": "Where the dough of an order is.",
        "inputSchema": {"type": "object", "properties": {"wanted": {"type": "string"}}, "required": ["wanted"]},
        "annotations": {"readOnlyHint": True},
    },
    {
        "name": "burn_bread",
        "description": "Burns it.",
        "inputSchema": {"type": "object"},
        "annotations": {"destructiveHint": True},
    },
]


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    match method:
        case "initialize":
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "bakery", "version": "1"},
            }
        case "ping":
            return {}
        case "tools/list":
            return {"tools": _TOOLS}
        case "tools/call" if params["name"] == "find_dough":
            text = f"the dough of {params['arguments']['wanted']} has risen since 03:00"
            return {"content": [{"type": "text", "text": text}]}
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != _AUTHORIZATION:
            return self._send(401)
        if "id" not in message:
            return self._send(202)
        result = answer(message["method"], message.get("params") or {})
        said = {"result": result} if result is not None else {"error": {"code": -32601, "message": "no such method"}}
        return self._send(200, json.dumps({"jsonrpc": "2.0", "id": message["id"], **said}).encode())

    def do_GET(self) -> None:
        """It has nothing to say unasked."""
        self._send(405)

    do_DELETE = do_GET

    def _send(self, status: int, body: bytes = b"") -> None:
        self.send_response_only(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
