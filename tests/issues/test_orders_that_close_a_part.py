"""An order that closed a part of a position was filled but never ended: it stayed among the working orders with nothing
left to fill, and a run with such an order on every bar took time in the square of its bars."""

import peaktrade as pt


def bars(count):
    prices = [float(100 + i) for i in range(count)]
    return pt.Bars({"time": [1_600_000_000_000_000_000 + i * 60_000_000_000 for i in range(count)], "close": prices})


def test_an_order_that_closes_a_part_ends_filled():
    left = []

    class Steps:
        def on_bar(self, ctx):
            if ctx.bar == 0:
                ctx.buy(10)
            elif ctx.bar < 4:
                ctx.sell(1)
            left.append(len(ctx.orders))

    result = pt.backtest(bars(8), Steps)
    assert left == [1, 1, 1, 1, 0, 0, 0, 0]
    orders = result.to_dict(orders=True)["orders"]
    assert [order["status"] for order in orders] == ["filled"] * 4
    # 10 bought at 101; one each sold at 102, 103 and 104: 9,299 in cash, and 7 units at 107.
    assert result.to_dict()["metrics"]["final_equity"] == 10_048
