"""Ranks root causes of recorded incidents by BARO or n-sigma, of the package `fse-baro`, and prints what
`nightshift analyze --format json` would: one line a case.

Both take one table and the moment of the fault, and rank columns; a component is as suspect as its worst column. They
know no healthy: they always name something. A missing value is the one before it, as in their own experiments. The
baseline may be from another month than the incident, so rows are numbered instead of timed.

usage: rank.py baro|nsigma CASE...
"""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pandas
from baro.root_cause_analysis import nsigma, robust_scorer

_METHODS = {"baro": robust_scorer, "nsigma": nsigma}


def main() -> None:
    warnings.filterwarnings("ignore")
    method, *cases = sys.argv[1:]
    for case in cases:
        print(json.dumps(_answer(_METHODS[method], Path(case))), flush=True)


def _answer(method: Any, case: Path) -> dict[str, Any]:
    document = json.loads((case / "scenario.json").read_text())
    series = document["series"]
    if isinstance(series, str):
        series = json.loads((case / series).read_text())
    # BARO reads what a column is from the end of its name.
    columns = {f"{place}_{one['metric']}": one for place, one in enumerate(series)}
    parts = [_part(case, document["metrics"][side], columns) for side in ("baseline", "incident")]
    table = pandas.concat(parts, ignore_index=True).ffill().fillna(0)
    table.insert(0, "time", range(len(table)))
    began_at = time.perf_counter()
    ranks = method(table, inject_time=len(parts[0]))["ranks"]
    elapsed = time.perf_counter() - began_at
    components = dict.fromkeys(columns[column]["component"] for column in ranks if column in columns)
    return {
        "scenario": document["name"],
        "verdict": "root_cause",
        "root_causes": [{"component": component} for component in components],
        "elapsed_ms": elapsed * 1e3,
    }


def _part(case: Path, window: dict[str, Any], columns: dict[str, dict[str, str]]) -> pandas.DataFrame:
    table = pandas.read_csv(case / window["file"])
    table = table[(table["time"] >= window["from"]) & (table["time"] <= window["to"])].sort_values("time")
    return pandas.DataFrame({name: table.get(one["id"], float("nan")) for name, one in columns.items()}, index=table.index)


if __name__ == "__main__":
    main()
