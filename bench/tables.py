"""Lays out the measurements, each beside what it should reach."""

from demo.state_path import summarize
from functions.cold_start import Comparison
from functions.warm import WarmCase
from functions.zips import ZipSizes
from incident.duplicates import Repeat
from incident.incident_cost import NOT_COUNTED, Component, Prices, components, looks_more, total
from incident.one_incident import IncidentRun
from reporting.report import Cell, Figure, Reach, Table

_MIB = 1024 * 1024
_MB = 1_000_000
_COLD_START = Reach(15, "ms", "at most")
_FASTER = Reach(30, "×", "at least")
_MEMORY = Reach(20, "MiB", "at most")
_ZIP = Reach(6, "MB", "at most")
_ONE_WRITE = Reach(1, "", "exactly")
_NO_EXECUTION = Reach(0, "", "exactly")
_NOTIFIED = Reach(10, "s", "at most")
_MONEY = Reach(0.002, "$", "at most")


def cold_starts(comparisons: list[Comparison]) -> Table:
    rows = [
        (
            one.function.name,
            Figure(one.rust.median_seconds * 1e3, "ms", _COLD_START),
            Figure(min(one.rust.seconds) * 1e3, "ms"),
            Figure(max(one.rust.seconds) * 1e3, "ms"),
            Figure(one.python.median_seconds * 1e3, "ms", digits=0),
            Figure(one.ratio, "×", _FASTER),
            Figure(one.rust.median_peak_bytes / _MIB, "MiB", _MEMORY),
            Figure(one.python.median_peak_bytes / _MIB, "MiB"),
        )
        for one in comparisons
    ]
    runs = len(comparisons[0].rust.seconds)
    return Table(
        "Cold start and idle memory",
        (
            "function",
            f"cold start ({_COLD_START})",
            "min",
            "max",
            "Python",
            f"faster ({_FASTER})",
            f"memory ({_MEMORY})",
            "Python's",
        ),
        tuple(rows),
        (
            f"Medians of {runs}, from exec to the first request for work; memory is the peak until then.",
            "Python: boto3 imported and the same clients made, in turns with the function; `faster` is the median over "
            "the turns.",
        ),
    )


def zip_sizes(sizes: list[ZipSizes]) -> Table:
    architectures = tuple(sizes[0].bytes_by_architecture)
    rows = [
        (one.function, *(Figure(one.bytes_by_architecture[each] / _MB, "MB", _ZIP, digits=2) for each in architectures))
        for one in sizes
    ]
    return Table("Size of the zips", ("function", *(f"{each} ({_ZIP})" for each in architectures)), tuple(rows))


def warm_times(cases: list[WarmCase]) -> Table:
    rows = [
        (
            f"{case.function}: {case.what}",
            Figure(case.median_seconds * 1e3, "ms"),
            Figure(case.p95_seconds * 1e3, "ms"),
            Figure(case.median_own_seconds * 1e3, "ms", digits=2),
            Figure(case.reads),
            Figure(case.writes),
            Figure(sum(case.other_calls.values())),
            ", ".join(f"{result} {times}" for result, times in case.results.most_common()),
        )
        for case in cases
    ]
    count = len(cases[0].invocations)
    return Table(
        "Warm",
        ("case", "median", "p95", "of which its own", "reads", "writes", "other calls", "results"),
        tuple(rows),
        (
            f"{count} invocations each, from handing one over to its response; calls per invocation.",
            "Includes the local AWS's answers; `of which its own` is the median without the time in which a call was "
            "under way.",
            "Reads and writes: calls to DynamoDB; a transaction is one.",
        ),
    )


def other_calls(cases: list[WarmCase]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"{case.function}: {case.what}", name, Figure(times))
        for case in cases
        for name, times in sorted(case.other_calls.items())
    ]
    return Table("Other calls per invocation", ("case", "call", "times"), tuple(rows))


def repeats(taken_in: list[Repeat]) -> Table:
    rows = [
        (
            one.what,
            Figure(one.writes, "", _ONE_WRITE, digits=0),
            Figure(one.refused, digits=0),
            Figure(one.reads, digits=0),
            Figure(one.executions_started, "", _NO_EXECUTION, digits=0),
        )
        for one in taken_in
    ]
    return Table(
        "A duplicate event",
        (
            "event",
            f"DynamoDB writes ({_ONE_WRITE})",
            "of which refused",
            "reads",
            f"executions started ({_NO_EXECUTION})",
        ),
        tuple(rows),
        ("Counted through the whole intake. A refused write has written nothing.",),
    )


def incident(run: IncidentRun) -> Table:
    history = run.history
    rows: list[tuple[Cell, ...]] = [
        ("event to notification, waits aside", Figure(run.seconds_without_waits, "s", _NOTIFIED, digits=2)),
        ("waits (Wait states)", Figure(history.waited_seconds, "s", digits=2)),
        ("event to notification in all", Figure(run.event_to_notification_seconds, "s", digits=2)),
        ("states entered", Figure(len(history.states), digits=0)),
        ("retries", Figure(history.retries, digits=0)),
        ("transitions billed", Figure(run.usage.transitions, digits=0)),
        ("invocations", Figure(run.usage.invocations, digits=0)),
    ]
    return Table(
        "One incident",
        ("", f"measured ({_NOTIFIED})"),
        tuple(rows),
        (
            "A configuration value is overwritten, and restored automatically.",
            f"States: {summarize(list(history.states))}.",
            "Event: the drill's PutEvents; notification: the end of NotifyResolved.",
        ),
    )


def cost(run: IncidentRun, prices: Prices, hold_seconds: float, run_hold_seconds: float) -> list[Table]:
    """`hold_seconds`: the template's own; the run's is shorter, because nobody waits for a benchmark."""
    more = looks_more(hold_seconds, run_hold_seconds)
    measured = components(run.usage, prices)
    deployed = {one.what: one for one in components(run.usage.plus(run.look, more), prices)}
    rows: list[tuple[Cell, ...]] = [
        (
            one.what,
            one.quantity,
            f"{prices.of(one.price):.3g}",
            Figure(one.dollars, "$", digits=7),
            Figure(100 * one.dollars / total(measured), "%"),
            deployed[one.what].quantity,
            Figure(deployed[one.what].dollars, "$", digits=7),
            prices.free.get(one.price, ""),
        )
        for one in measured
    ]
    return [
        Table(
            "Cost by component",
            ("component", "quantity", "price ($)", "cost", "share", "as deployed", "cost then", "free"),
            tuple(rows),
            (
                f"List prices of {prices.region}, taken on {prices.taken_on}; the sources are in bench/incident/prices.toml.",
                f"As deployed: computed for the template's hold of {hold_seconds:.0f} s, where the run had "
                f"{run_hold_seconds:.0f} s: {more:.0f} more looks of verify, each as measured.",
                "Durations are this machine's, with whole processors; Lambda gives 128 MB a fourteenth of one.",
                "A metric of our own is billed for each hour in which it gets data, however many incidents that hour has.",
                *(
                    f"Not confirmed, {one.what}: {prices.unconfirmed[one.price]}."
                    for one in measured
                    if one.price in prices.unconfirmed
                ),
                *(f"Not counted: {one}." for one in NOT_COUNTED),
            ),
        ),
        _totals(measured, list(deployed.values()), prices),
    ]


def _totals(measured: list[Component], deployed: list[Component], prices: Prices) -> Table:
    free = tuple(name for name, text in prices.free.items() if not text.startswith("none"))
    automation, metrics = "automation_step", "custom_metric_hour"
    left_out: list[tuple[str, tuple[str, ...]]] = [
        ("all of it", ()),
        ("within the monthly free allowances", free),
        ("without SSM Automation's steps", (automation,)),
        ("without its steps and our own metrics", (automation, metrics)),
    ]
    rows = [
        (what, *(Figure(total(every, names), "$", _MONEY, digits=6) for every in (measured, deployed)))
        for what, names in left_out
    ]
    return Table(
        "Cost of an incident without the model",
        ("", f"measured ({_MONEY})", f"as deployed ({_MONEY})"),
        tuple(rows),
    )
