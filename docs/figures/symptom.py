"""The symptom's series and the first hypothesis', each against its own baseline."""

import statistics

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure

import colours
from example import Example, label

_BAND_PERCENT = 95


def draw(example: Example) -> Figure:
    components = list(dict.fromkeys([example.symptom["component"], *example.named[:1]]))
    figure, rows = plt.subplots(
        len(components), 2, figsize=(8, 2.2 * len(components)), sharey="row", width_ratios=(3, 2), squeeze=False
    )
    for component, (before, during) in zip(components, rows, strict=True):
        _draw_row(example, component, before, during)
    rows[0][0].set_title("baseline", loc="left")
    rows[0][1].set_title("incident", loc="left")
    figure.tight_layout()
    handles, texts = rows[0][1].get_legend_handles_labels()
    figure.legend(handles, texts, loc="upper left", bbox_to_anchor=(0.1, 0.0), ncols=len(texts), frameon=False)
    return figure


def _draw_row(example: Example, component: str, before: Axes, during: Axes) -> None:
    baseline, incident = (example.samples(component, side) for side in ("baseline", "incident"))
    low, high = _band(baseline.values)
    for axes, samples, form in ((before, baseline, "%d %b\n%H:%M"), (during, incident, "%H:%M")):
        axes.axhspan(low, high, color=colours.BAND, zorder=0, label=f"{_BAND_PERCENT} % of the baseline")
        axes.xaxis.set_major_formatter(DateFormatter(form))
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
        axes.plot(samples.times, samples.values, color=colours.LINE, linewidth=1)
    during.plot(incident.times, incident.values, "o", color=colours.LINE, markersize=4)
    if example.onset:
        during.axvline(example.onset, color=colours.CAUSE, linestyle="--", linewidth=1, label="onset")
    before.set_ylabel(f"{label(component)}\n{example.symptom['metric']}")


def _band(values: list[float]) -> tuple[float, float]:
    """The range of all but the outermost values, as many of them above as below."""
    cuts = statistics.quantiles(values, n=1000, method="inclusive")
    outside = (100 - _BAND_PERCENT) * 10 // 2
    return cuts[outside - 1], cuts[-outside]
