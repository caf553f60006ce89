"""Made-up log lines, as many as wanted, the same ones every time: what speed and memory are measured with.

A few dozen templates, some a thousand times as frequent as others, with numbers, addresses, paths and ids in them
that hardly ever repeat, as in a real log.
"""

import random
from collections.abc import Iterator
from typing import IO

_SEED = 7
_BLOCK_LINES = 10_000
_SERVICES = ("checkout", "payment", "catalogue", "search", "session", "shipping")
_SHAPES = (
    "GET /api/{service}/items/{number} 200 {small} ms",
    "POST /api/{service}/orders 201 {small} ms request {id}",
    "connection from {address} accepted on port {port}",
    "user {number} logged in from {address}",
    "cache miss for key {service}:{id} after {small} ms",
    "worker {small} took job {id} from queue {service}",
    "wrote {number} bytes to /var/data/{service}/{id}.part",
    "retrying {service} in {small} ms, attempt {digit} of 5",
    "timeout after {number} ms calling {service} at {address}:{port}",
    "could not parse header of request {id}: unexpected byte 0x{byte} at {small}",
)
_WORDS = ("debug", "audit", "trace", "metric", "health")


def write(lines: int, to: IO[bytes]) -> None:
    for block in blocks(lines):
        to.write(block)


def blocks(lines: int) -> Iterator[bytes]:
    source = random.Random(_SEED)
    shapes = [f"{word} {shape}" for word in _WORDS for shape in _SHAPES]
    # Zipf: the n-th most frequent is 1/n as frequent as the first.
    weights = [1 / (place + 1) for place in range(len(shapes))]
    left = lines
    while left > 0:
        count = min(left, _BLOCK_LINES)
        left -= count
        chosen = source.choices(shapes, weights, k=count)
        yield "".join(f"{_filled(shape, source.getrandbits(96))}\n" for shape in chosen).encode()


def _filled(shape: str, bits: int) -> str:
    return shape.format(
        service=_SERVICES[bits % 6],
        number=bits >> 8 & 0xFFFFF,
        small=bits >> 28 & 0x3FF,
        digit=bits >> 38 & 3,
        byte=f"{bits >> 40 & 0xFF:02x}",
        port=1024 + (bits >> 48 & 0x7FFF),
        address=f"10.{bits >> 8 & 0xFF}.{bits >> 16 & 0xFF}.{bits >> 24 & 0xFF}",
        id=f"{bits & 0xFFFFFFFFFFFF:012x}",
    )
