"""`make docs-figures`: draws the figures of docs/root-cause.md from a recorded incident of examples/petshop.

The same incident, engine and matplotlib draw the same bytes, so that a changed figure is a changed answer.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import call_graph
import ranking
import symptom
from example import ROOT, Example

_HERE = Path(__file__).resolve().parent
_EXAMPLE = Example(ROOT / "examples" / "petshop" / "test-issue_9")
_FIGURES: dict[str, Callable[[Example], Figure]] = {
    "symptom.svg": symptom.draw,
    "call-graph.svg": call_graph.draw,
    "ranking.svg": ranking.draw,
}


def main() -> None:
    plt.rcParams |= {
        # Ids of the file's parts are drawn by chance otherwise.
        "svg.hashsalt": "nightshift",
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "white",
    }
    for name, draw in _FIGURES.items():
        figure = draw(_EXAMPLE)
        figure.savefig(_HERE / name, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        plt.close(figure)
        print(f"  {(_HERE / name).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
