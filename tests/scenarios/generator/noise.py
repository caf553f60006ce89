"""Numbers that look as if something had been measured: seeded by what they are about, so that the same
scenario always has the same ones."""

import math
import random
import zlib


def seeded(*names: str) -> random.Random:
    return random.Random(zlib.crc32(" ".join(names).encode()))


def of_the_day(minute_of_day: float, swing: float = 0.18) -> float:
    """Traffic follows people: most in the afternoon, least before dawn."""
    return 1.0 + swing * math.sin(2 * math.pi * (minute_of_day / 1440 - 0.35))


def about(rng: random.Random, value: float, spread: float) -> float:
    """Noise that is skewed to the right, as times and counts are."""
    return value * math.exp(rng.gauss(0, spread))


def count(rng: random.Random, expected: float) -> int:
    """Poisson, or near enough."""
    if expected <= 0:
        return 0
    if expected > 50:
        return max(0, round(rng.gauss(expected, math.sqrt(expected))))
    limit, product, number = math.exp(-expected), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
