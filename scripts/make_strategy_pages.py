"""Writes docs/strategies.md, docs/portfolio_recipes.md and their charts: each built-in strategy and recipe of weights, its
parameters, its equity against buying and holding.

    python scripts/make_strategy_pages.py [FOLDER]      FOLDER: where to write; else docs

Run it with the package installed, after a built-in strategy was added or changed; a test compares what it writes with
what is committed. The data are examples/data/spy_daily.csv and stocks_daily.csv (their licences stand beside them),
commission 0.1 %.
"""

import math
import sys
from pathlib import Path

import peaktrade as pt

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "examples" / "data" / "spy_daily.csv"
STOCKS = ROOT / "examples" / "data" / "stocks_daily.csv"
WIDTH, HEIGHT, MARGIN = 640, 200, 8
POINTS = 320  # more would not be seen at this width


def path_of(values, low, high):
    """An SVG path over the width, logarithmic in height."""
    step = max(1, len(values) // POINTS)
    chosen = [*range(0, len(values), step)]
    if chosen[-1] != len(values) - 1:
        chosen.append(len(values) - 1)
    words = []
    for index in chosen:
        x = MARGIN + (WIDTH - 2 * MARGIN) * index / (len(values) - 1)
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * math.log(values[index] / low) / math.log(high / low)
        words.append(f"{x:.1f} {y:.1f}")
    return "M" + "L".join(words)


def chart(name, equity, hold, market="SPY"):
    low, high = min(*equity, *hold), max(*equity, *hold)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{name} against buying and holding, {market} daily, logarithmic</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<path d="{path_of(hold, low, high)}" fill="none" stroke="#9aa4b2" stroke-width="1.2"/>',
            f'<path d="{path_of(equity, low, high)}" fill="none" stroke="#1769e0" stroke-width="1.6"/>',
            "</svg>",
            "",
        ]
    )


HEAD = """# Built-in strategies

Made by `scripts/make_strategy_pages.py`. `peak strategies NAME` shows each as the strategy file that it is: a start for
your own. All of them are long only; any of them takes stops, sizes and costs.

The charts show the equity of {bars:,} daily bars of SPY, {start} to {end}, with the defaults and a commission of 0.1 %
(blue) against buying and holding (grey), logarithmic. They show how a strategy behaves, not that it earns: none was
chosen or tuned for these data, and the figures of one series say little about the next.

| strategy | total return | Sharpe | worst drawdown | trades | exposure |
|---|---|---|---|---|---|
"""


RECIPES_HEAD = """# Recipes of weights

Made by `scripts/make_strategy_pages.py`. Each says what part of the equity each of many symbols shall have;
[many assets](portfolios_of_assets.md) tells how they are run. `peak strategies NAME` shows each as the strategy file that it is.

The charts show the equity of {bars:,} daily bars of {symbols} stocks, {start} to {end}, rebalanced monthly with the defaults and a
commission of 0.1 % (blue) against the mean of the stocks, costless and rebalanced daily (grey), logarithmic. They show how a recipe
behaves, not that it earns: nothing was chosen or tuned for these data, and the stocks are those that a reader knows today.

| recipe | total return | Sharpe | worst drawdown | turnover | exposure |
|---|---|---|---|---|---|
"""


def row(name, metrics):
    return (
        f"| [`{name}`](#{name}) | {metrics['total_return']:.0%} | {metrics['sharpe']:.2f} | "
        f"{metrics['max_drawdown']:.0%} | {metrics['trades']:.0f} | {metrics['exposure']:.0%} |\n"
    )


def recipe_row(name, metrics):
    return (
        f"| [`{name}`](#{name}) | {metrics['total_return']:.0%} | {metrics['sharpe']:.2f} | "
        f"{metrics['max_drawdown']:.0%} | {metrics['turnover']:.1f} | {metrics['exposure']:.0%} |\n"
    )


def section(name, strategy):
    text = (
        f"\n## {name}\n\n{strategy.description}\n\n![{name} against buying and holding](images/strategies/{name}.svg)\n"
    )
    if strategy.parameters:
        text += "\n| parameter | default | sensible | meaning |\n|---|---|---|---|\n"
        for entry in strategy.parameter_info:
            sensible = f"{entry['low']:g} to {entry['high']:g}, step {entry['step']:g}"
            text += f"| `{entry['name']}` | {entry['default']:g} | {sensible} | {entry['description']} |\n"
    return text


def main(folder):
    charts = folder / "images" / "strategies"
    charts.mkdir(parents=True, exist_ok=True)
    results = {name: pt.backtest(DATA, name, commission=0.001) for name in pt.strategy_names()}
    held = results["buy_and_hold"].equity
    page = HEAD.format(bars=len(held), start=f"{held.index[0]:%Y-%m-%d}", end=f"{held.index[-1]:%Y-%m-%d}")
    page += "".join(row(name, result.metrics) for name, result in results.items())
    for name, result in results.items():
        page += section(name, pt.find_strategy(name))
        (charts / f"{name}.svg").write_text(chart(name, result.equity.tolist(), held.tolist()), encoding="utf-8")
    (folder / "strategies.md").write_text(page, encoding="utf-8")
    write_recipes(folder, charts)


def write_recipes(folder, charts):
    panel = pt.Panel(STOCKS)
    results = {name: pt.backtest(panel, name, rebalance="monthly", commission=0.001) for name in pt.allocation_names()}
    index = panel.index()["close"]
    held = [10_000 * value / index[0] for value in index.tolist()]
    times = next(iter(results.values())).equity.index
    page = RECIPES_HEAD.format(
        bars=len(held), symbols=len(panel.symbols), start=f"{times[0]:%Y-%m-%d}", end=f"{times[-1]:%Y-%m-%d}"
    )
    page += "".join(recipe_row(name, result.metrics) for name, result in results.items())
    for name, result in results.items():
        page += section(name, pt.find_allocation(name))
        drawn = chart(name, result.equity.tolist(), held, f"{len(panel.symbols)} stocks")
        (charts / f"{name}.svg").write_text(drawn, encoding="utf-8")
    (folder / "portfolio_recipes.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
