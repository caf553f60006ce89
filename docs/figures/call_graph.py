"""The part of the call graph that is abnormal, with what it calls, the likeliest cause marked."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import colours
from example import Example, label

_COLUMN_WIDTH, _ROW_HEIGHT = 2.9, 0.5
_KEY = (("likeliest cause", colours.CAUSE), ("abnormal too", colours.ABNORMAL), ("ordinary", colours.ORDINARY))


def draw(example: Example) -> Figure:
    places = _places(example)
    columns = 1 + max(column for column, _ in places.values())
    rows = max(row for _, row in places.values())
    figure, axes = plt.subplots(figsize=(_COLUMN_WIDTH * columns, max(3, _ROW_HEIGHT * (rows + 2))))
    axes.set_xlim(-0.45, columns - 0.55)
    axes.set_ylim(rows + 1.2, -0.8)
    axes.axis("off")
    abnormal = set(example.named)
    for caller, callee in example.calls:
        if caller in places and callee in places and places[callee][0] > places[caller][0]:
            _draw_call(axes, places[caller], places[callee], {caller, callee} <= abnormal)
    for component, place in places.items():
        axes.text(*place, label(component), ha="center", va="center", fontsize=7, bbox=_box(example, component))
    symptom = places[example.symptom["component"]]
    axes.text(symptom[0], symptom[1] + 0.75, "noticed here", ha="center", va="center", fontsize=7, style="italic")
    for number, (text, colour) in enumerate(_KEY):
        axes.text(0.6 * number - 0.4, rows + 1.1, f"■ {text}", color=colour, fontsize=8)
    axes.text(0.6 * len(_KEY) - 0.4, rows + 1.1, "calls go from left to right", fontsize=8)
    return figure


def _places(example: Example) -> dict[str, tuple[int, float]]:
    """A column for each step from the symptom, through what is abnormal; each column centred on the longest."""
    abnormal = set(example.named) | {example.symptom["component"]}
    layers, seen = [[example.symptom["component"]]], {example.symptom["component"]}
    while layers[-1]:
        callees = {callee for caller, callee in example.calls if caller in abnormal and caller in layers[-1]} - seen
        # What is abnormal in the middle, where its own callees are.
        ordinary = sorted(callees - abnormal)
        half = len(ordinary) // 2
        layers.append([*ordinary[:half], *sorted(callees & abnormal), *ordinary[half:]])
        seen |= callees
    longest = max(len(layer) for layer in layers)
    return {
        component: (column, row + (longest - len(layer)) / 2)
        for column, layer in enumerate(layers)
        for row, component in enumerate(layer)
    }


def _draw_call(axes: Axes, caller: tuple[int, float], callee: tuple[int, float], is_abnormal: bool) -> None:
    """From left to right, behind the boxes."""
    colour, width = (colours.CAUSE, 1.8) if is_abnormal else (colours.ORDINARY, 0.6)
    axes.plot(*zip(caller, callee, strict=True), color=colour, linewidth=width, zorder=0)


def _box(example: Example, component: str) -> dict[str, object]:
    if component == example.named[0]:
        edge, width = colours.CAUSE, 2.5
    elif component in example.named:
        edge, width = colours.ABNORMAL, 1.8
    else:
        edge, width = colours.ORDINARY, 0.8
    return {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": edge, "linewidth": width}
