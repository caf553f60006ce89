"""The ranking: how sure the engine is of each component that it named."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import colours
from example import Example, label

_MOST = 6


def draw(example: Example) -> Figure:
    causes = example.answer["root_causes"][:_MOST]
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.55 * len(causes)))
    places = range(len(causes))
    colour = [colours.CAUSE, *[colours.ABNORMAL] * (len(causes) - 1)]
    bars = axes.barh(places, [cause["confidence"] for cause in causes], color=colour, height=0.6)
    axes.bar_label(bars, [f"{cause['confidence']:.0%}  {cause['failure_mode']}" for cause in causes], padding=4)
    axes.set_yticks(places, [label(cause["component"]) for cause in causes])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("confidence")
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    figure.tight_layout()
    return figure
