import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from incident import live_stage
from incident.incident_cost import (
    VERIFY_POLL_SECONDS,
    PriceMissing,
    Prices,
    Usage,
    components,
    express_gb_seconds,
    looks_more,
    read_prices,
    total,
)

_NOTHING = Usage()
_ROOT = Path(__file__).resolve().parents[2]


def test_prices_name_a_date_and_a_source_each():
    table = tomllib.loads((_ROOT / "bench" / "incident" / "prices.toml").read_text())
    prices = [entry for entry in table.values() if isinstance(entry, dict)]
    assert table["taken_on"] and table["region"]
    assert prices and all(entry["source"] and entry["page"] and entry["dollars"] > 0 for entry in prices)


def test_every_component_has_a_price():
    assert len(components(_NOTHING, read_prices())) == len(read_prices().dollars)


def test_transitions_count_states_retries_and_the_end():
    usage = dataclasses.replace(_NOTHING, states_entered=20, retries=2)
    assert usage.transitions == 23


@pytest.mark.parametrize(("seconds", "billed"), [(0.0, 0.0), (0.05, 0.1), (0.3, 0.3), (0.301, 0.4)])
def test_express_duration_is_billed_in_tenths_of_a_second(seconds, billed):
    usage = dataclasses.replace(_NOTHING, express_seconds=seconds)
    assert express_gb_seconds(usage) == pytest.approx(billed * 64 / 1024)


def test_components_are_quantity_times_price_with_the_most_expensive_first():
    usage = dataclasses.replace(_NOTHING, automation_steps=9, write_units=1000)
    first, second, *_ = components(usage, read_prices())
    assert (first.what, first.quantity, first.dollars) == ("SSM Automation", "9 steps", pytest.approx(0.018))
    assert (second.what, second.dollars) == ("DynamoDB, writes", pytest.approx(0.000625))


def test_total_leaves_out_what_it_is_told_to():
    every = components(dataclasses.replace(_NOTHING, automation_steps=1, traces=1), read_prices())
    assert total(every) - total(every, ("automation_step",)) == pytest.approx(0.002)


def test_price_that_is_not_there_is_named():
    with pytest.raises(PriceMissing, match="automation_step"):
        Prices("", "", {}, {}, {}).of("automation_step")


def test_verify_looks_as_often_as_its_crate_says():
    source = (_ROOT / "crates" / "verify" / "src" / "main.rs").read_text()
    assert re.search(r"const POLL: SignedDuration = SignedDuration::from_secs\((\d+)\)", source)[1] == str(
        VERIFY_POLL_SECONDS
    )


@pytest.mark.parametrize(("hold", "run_hold", "more"), [(300, 3, 19), (300, 300, 0), (16, 3, 1)])
def test_longer_hold_takes_more_looks(hold, run_hold, more):
    assert looks_more(hold, run_hold) == more


def test_hold_of_the_template_is_found():
    assert live_stage.default_hold_seconds() > live_stage.HOLD_SECONDS


def test_usage_is_added_field_by_field():
    assert Usage(invocations=1, gb_seconds=0.5).plus(Usage(invocations=2), 3) == Usage(invocations=7, gb_seconds=0.5)
