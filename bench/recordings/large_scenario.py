"""A made-up incident as large as they come: what the engine's time and memory at scale are measured with."""

import json
import random
from pathlib import Path

SERIES = 10_000
SAMPLES = 1_440
_SEED = 11
_STEP_SECONDS = 60
_BEGINS = 1_800_000_000
_INCIDENT_SAMPLES = 60
_METRICS = ("latency", "requests", "errors", "cpu", "memory", "throttles", "queue_length", "disk_io", "restarts", "age")
_SLOW_COMPONENT = 7
# Drawn once and cut at a random place for each row: ten million draws would take longer than what is measured.
_POOL = 200_003


def write(folder: Path, series: int = SERIES, samples: int = SAMPLES) -> None:
    """A minute a sample; the last hour is the incident."""
    folder.mkdir(parents=True)
    components = [f"component-{place // len(_METRICS)}" for place in range(series)]
    incident_begins = _BEGINS + (samples - _INCIDENT_SAMPLES) * _STEP_SECONDS
    last = _BEGINS + (samples - 1) * _STEP_SECONDS
    count = series // len(_METRICS)
    document = {
        "schema_version": 1,
        "name": f"large/{series}-series",
        "symptom": {"component": "component-0", "metric": "latency", "statistic": "Average"},
        "series": [
            {"id": f"s{place}", "component": component, "metric": _METRICS[place % len(_METRICS)], "statistic": "Average"}
            for place, component in enumerate(components)
        ],
        # A tree of calls, three from each.
        "topology": [{"caller": f"component-{(one - 1) // 3}", "callee": f"component-{one}"} for one in range(1, count)],
        "metrics": {
            "baseline": {"file": "metrics.csv", "from": _BEGINS, "to": incident_begins - _STEP_SECONDS},
            "incident": {"file": "metrics.csv", "from": incident_begins, "to": last},
        },
    }
    (folder / "scenario.json").write_text(json.dumps(document))
    _write_metrics(folder / "metrics.csv", series, samples)


def _write_metrics(file: Path, series: int, samples: int) -> None:
    source = random.Random(_SEED)
    pool = [f"{source.gauss(100, 10):.4f}" for _ in range(_POOL + series)]
    slow = _chain_of_callers(min(_SLOW_COMPONENT, series // len(_METRICS) - 1))
    with file.open("w") as opened:
        opened.write("time," + ",".join(f"s{place}" for place in range(series)) + "\n")
        for row in range(samples):
            begins = source.randrange(_POOL)
            values = pool[begins : begins + series]
            if row >= samples - _INCIDENT_SAMPLES:
                for component in slow:
                    values[component * len(_METRICS)] = "250.5"
            opened.write(f"{_BEGINS + row * _STEP_SECONDS}," + ",".join(values) + "\n")


def _chain_of_callers(component: int) -> list[int]:
    """It, and who is slow with it, up to the first."""
    chain = [component]
    while chain[-1]:
        chain.append((chain[-1] - 1) // 3)
    return chain
