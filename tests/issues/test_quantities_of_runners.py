"""What a runner says that an order comes to: with the contract's multiplier, on the grid of sizes, and under fill=\"same_close\" as it
stood before the close's own fills. The runner left the multiplier out, told 83.3 units where whole ones are traded, and told the exit
of a position as 0 units once that exit had filled."""

import datetime

import pytest

import peaktrade as pt

START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
FLAT = [10.0, 9.0, 8.0, 12.0, 12.0, 12.0, 4.0, 4.0]  # a signal at 12 fills at 12, one at 4 fills at 4


def told_and_filled(**options):
    runner = pt.Runner("sma_cross", {"fast": 1, "slow": 2}, cash=1_000, **options)
    times = [START + datetime.timedelta(days=i) for i in range(len(FLAT))]
    told = [order for time, close in zip(times, FLAT, strict=True) for order in runner.push(time=time, close=close)]
    return [order["quantity"] for order in told], runner.result().orders["quantity"].tolist()


@pytest.mark.parametrize("size", ["all", "value:500", "fraction:0.5", "units:3"])
@pytest.mark.parametrize("fill", ["next_open", "same_close"])
@pytest.mark.parametrize("instrument", [{}, {"multiplier": 5}, {"size_step": 0.25}, {"multiplier": 5, "size_step": 1}])
def test_told_is_what_fills_where_prices_stand_still(size, fill, instrument):
    told, filled = told_and_filled(size=size, fill=fill, **instrument)
    assert len(told) == 2
    assert told == pytest.approx(filled, rel=1e-12)


def test_the_multiplier_by_hand():
    # 500 in currency at a close of 12 and 50 of currency a point: 500 / (12 * 50).
    told, _ = told_and_filled(size="value:500", multiplier=50)
    assert told[0] == 500 / (12 * 50)


@pytest.mark.parametrize("cash_sharing", [True, False])
def test_panels_tell_what_fills_at_the_close(cash_sharing):
    options = {"cash": 1_000, "fill": "same_close", "cash_sharing": cash_sharing}
    runner = pt.PanelRunner(["A", "B"], "sma_cross", {"fast": 1, "slow": 2}, **options)
    told = []
    for i, close in enumerate(FLAT):
        told += runner.push({"A": close, "B": close}, time=START + datetime.timedelta(days=i))
    filled = runner.result().orders["quantity"].tolist()
    assert len(filled) == 4
    assert [order["quantity"] for order in told] == pytest.approx(filled)
