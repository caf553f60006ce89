"""SNS as a subscriber's endpoint sees it: messages signed with a key of its own, its certificate, and confirmations.

Signed as AWS documents it: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
_POLL_SECONDS = 0.05
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass
class SnsPublisher:
    endpoint: str = ""
    confirmed: list[tuple[str, str]] = field(default_factory=list)
    """Topic and token of each confirmation that somebody asked for."""
    _key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def notification(self, topic: str, message: str, *, subject: str, version: str = "2") -> str:
        return self._signed({"Type": "Notification", "Subject": subject}, topic, message, version)

    def confirmation(self, topic: str, token: str) -> str:
        url = f"https://sns.{topic.split(':')[3]}.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
        kind = {"Type": "SubscriptionConfirmation", "Token": token, "SubscribeURL": url}
        return self._signed(kind, topic, f"You have chosen to subscribe to the topic {topic}.", "1")

    def certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
        built = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        return built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _signed(self, kind: dict[str, str], topic: str, text: str, version: str) -> str:
        message: dict[str, Any] = kind | {
            "MessageId": str(uuid.uuid4()),
            "TopicArn": topic,
            "Message": text,
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "SignatureVersion": version,
            "SigningCertURL": f"https://sns.{topic.split(':')[3]}.amazonaws.com{_PATH}",
        }
        to_sign = "".join(f"{name}\n{message[name]}\n" for name in _SIGNED if name in message)
        signature = self._key.sign(to_sign.encode(), padding.PKCS1v15(), _HASHES[version]())
        return json.dumps(message | {"Signature": base64.b64encode(signature).decode()})


@contextmanager
def publishing() -> Iterator[SnsPublisher]:
    publisher = SnsPublisher()
    certificate = publisher.certificate()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            if asked.path == _PATH:
                return self._answer(200, certificate)
            if query.get("Action") == "ConfirmSubscription":
                publisher.confirmed.append((query["TopicArn"], query["Token"]))
                return self._answer(200, b"<ConfirmSubscriptionResponse/>")
            return self._answer(404, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    publisher.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield publisher
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
