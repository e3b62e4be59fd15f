"""The report as a reader sees it: opened in Chromium from a real run, and looked at pixel by pixel."""

from __future__ import annotations

import csv
import json
import math
import os
import pathlib
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chromium import Page

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPY = "examples/data/spy_daily.csv"
# Colours of web/src/page.css, light.
ACCENT, GOOD, BAD, BUY, PRICE = (0x2F6FED, 0x0C8F63, 0xD03A3A, 0x1565D8, 0x3C4658)


@dataclass
class Run:
    """A run with everything that the command tells of it beside the page."""

    page: pathlib.Path
    json: dict[str, Any]
    trades: list[dict[str, str]]
    equity: list[float]


def run(folder: pathlib.Path, *words: str) -> Run:
    command = os.environ.get("PEAK_COMMAND", str(ROOT / "build" / "release" / "bin" / "peak"))
    assert pathlib.Path(command).is_file(), f"no command at {command}: build it, or set PEAK_COMMAND"
    report, trades, equity = folder / "report.html", folder / "trades.csv", folder / "equity.csv"
    files = ["--report", str(report), "--trades", str(trades), "--equity", str(equity)]
    done = subprocess.run(
        [command, "backtest", *words, *files, "--json"], capture_output=True, text=True, cwd=ROOT, timeout=600
    )
    assert done.returncode == 0, done.stderr
    with trades.open(newline="") as file:
        trade_rows = list(csv.DictReader(file))
    with equity.open(newline="") as file:
        values = [float(row["equity"]) for row in csv.DictReader(file)]
    return Run(report, json.loads(done.stdout), trade_rows, values)


def write_walk(path: pathlib.Path, bars: int) -> None:
    """Minute bars of a random walk on a tick grid of a cent, the same on every machine."""
    chance = random.Random(11)
    close = 25_000.0
    with path.open("w") as file:
        file.write("time,open,high,low,close\n")
        for bar in range(bars):
            before, close = close, round(close + chance.uniform(-20, 20), 2)
            high, low = max(before, close) + 3, min(before, close) - 3
            file.write(f"{1_577_836_800 + 60 * bar},{before:.2f},{high:.2f},{low:.2f},{close:.2f}\n")


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


@pytest.fixture
def page(browser: Page) -> Iterator[Page]:
    """A page in its usual size and light; whatever the test did, nothing may have gone wrong in it."""
    browser.resize(1400, 1000)
    browser.prefer("light")
    browser.problems.clear()
    browser.requests.clear()
    yield browser
    assert browser.problems == []
    assert [address for address in browser.requests if not address.startswith(("file:", "data:"))] == []


@pytest.fixture(scope="module")
def spy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    words = ("sma_cross", "--data", SPY, "--set", "fast=10", "--set", "slow=50", "--commission", "0.001")
    return run(tmp_path_factory.mktemp("spy"), *words)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("walk")
    write_walk(folder / "walk.csv", 100_000)
    return run(folder, "sma_cross", "--data", str(folder / "walk.csv"), "--set", "fast=20", "--set", "slow=60")


def columns_with(page: Page, chart: str, colour: int, tolerance: int = 40) -> list[tuple[float, float] | None]:
    """For each pixel column of a chart's plot: highest and lowest pixel of about that colour, from the plot's top."""
    found = page.run(f"""
        const chart = document.getElementById("{chart}");
        const canvas = chart.querySelector("canvas"), over = chart.querySelector(".u-over");
        const left = over.offsetLeft, top = over.offsetTop, width = over.offsetWidth, height = over.offsetHeight;
        const copy = document.createElement("canvas");
        [copy.width, copy.height] = [width, height];
        const context = copy.getContext("2d", {{ willReadFrequently: true }});
        context.drawImage(canvas, -left, -top);
        const data = context.getImageData(0, 0, width, height).data;
        const [red, green, blue] = [{colour >> 16}, {colour >> 8 & 255}, {colour & 255}];
        const columns = [];
        for (let x = 0; x < width; ++x) {{
          let first = -1, last = -1;
          for (let y = 0; y < height; ++y) {{
            const at = 4 * (y * width + x);
            const distance = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
            if (data[at + 3] > 200 && distance < {tolerance}) {{ if (first < 0) first = y; last = y; }}
          }}
          columns.push(first < 0 ? null : [first, last]);
        }}
        return columns;""")
    return [None if column is None else (column[0], column[1]) for column in found]


def share_of(columns: list[tuple[float, float] | None]) -> float:
    return sum(column is not None for column in columns) / len(columns)


def text_of(page: Page, selector: str) -> str:
    return page.run(f"return document.querySelector({json.dumps(selector)}).textContent")  # type: ignore[no-any-return]


def click(page: Page, label: str) -> None:
    page.run(f"[...document.querySelectorAll('button')].find(b => b.textContent === {json.dumps(label)}).click()")
    page.settle()


def trades_drawn(page: Page) -> int:
    return int(page.run("return document.getElementById('price-chart').dataset.tradesDrawn"))


def rows_of(page: Page, table: str) -> list[list[str]]:
    return page.run(  # type: ignore[no-any-return]
        f"return [...document.querySelectorAll('#{table} tbody tr:not(.spacer)')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))"
    )


# ---- what is written -------------------------------------------------------------------------------------------------


def test_every_metric_is_that_of_the_json(page: Page, spy: Run) -> None:
    page.open(spy.page)
    cells = page.run(
        "return [...document.querySelectorAll('[data-metric]')]"
        ".map(cell => [cell.dataset.metric, cell.dataset.value, cell.textContent])"
    )
    shown = {name: (value, text) for name, value, text in cells}
    assert shown.keys() == spy.json["metrics"].keys()
    for name, value in spy.json["metrics"].items():
        assert (float(shown[name][0]) if shown[name][0] else None) == value, name
    metrics = spy.json["metrics"]
    minus = "\N{MINUS SIGN}"
    assert shown["total_return"][1] == f"{100 * metrics['total_return']:,.2f}%".replace("-", minus)
    assert shown["max_drawdown"][1] == f"{100 * metrics['max_drawdown']:,.2f}%".replace("-", minus)
    assert shown["sharpe"][1] == f"{metrics['sharpe']:.3f}"
    assert shown["final_equity"][1] == f"{metrics['final_equity']:,.2f}"
    assert shown["trades"][1] == str(metrics["trades"])


def test_each_metric_tells_its_convention(page: Page, spy: Run) -> None:
    page.open(spy.page)
    hints = page.run(
        "return [...document.querySelectorAll('tr.metric')].map(row => [row.querySelector('td').dataset.metric, row.querySelector('th').title])"
    )
    assert dict(hints) == spy.json["conventions"]["definitions"]
    hidden = "return [...document.querySelectorAll('.convention')].every(row => row.offsetHeight === 0)"
    assert page.run(hidden)
    click(page, "How computed")
    assert not page.run(hidden)


def test_the_trades_are_those_of_the_csv(page: Page, spy: Run) -> None:
    page.open(spy.page)
    count = len(spy.trades)
    assert page.run("return document.getElementById('trade-table').getAttribute('aria-rowcount')") == str(count + 1)
    first = rows_of(page, "trade-table")[0]
    assert first[0] == "1"
    assert first[2] == spy.trades[0]["entry_time"][:10]
    assert float(first[3].replace(",", "")) == float(spy.trades[0]["entry_price"])
    page.run("const box = document.getElementById('trade-table').parentElement; box.scrollTop = box.scrollHeight")
    page.settle()
    last = rows_of(page, "trade-table")[-1]
    assert last[0] == str(count)
    assert last[4] == "open"


def test_the_trades_can_be_sorted_and_filtered(page: Page, spy: Run) -> None:
    page.open(spy.page)
    order = sorted(range(len(spy.trades)), key=lambda i: float(spy.trades[i]["pnl"]), reverse=True)
    page.run("document.querySelector('#trade-table [data-key=pnl] button').click()")
    assert [int(row[0]) - 1 for row in rows_of(page, "trade-table")[:10]] == order[:10]
    page.run("document.querySelector('#trade-table [data-key=pnl] button').click()")
    assert int(rows_of(page, "trade-table")[0][0]) - 1 == order[-1]
    click(page, "losers")
    losers = [t for t in spy.trades if t["status"] == "closed" and float(t["pnl"]) < 0]
    assert text_of(page, "#trades .count") == str(len(losers))


def test_months_compound_to_their_year_and_years_to_the_run(page: Page, spy: Run) -> None:
    page.open(spy.page)
    rows = page.run(
        "return [...document.querySelectorAll('#month-table tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.dataset.value))"
    )
    total = 1.0
    for row in rows:
        months = [float(value) for value in row[1:13] if value]
        assert math.prod(1 + month for month in months) == pytest.approx(1 + float(row[13]), rel=1e-12)
        total *= 1 + float(row[13])
    assert total - 1 == pytest.approx(spy.json["metrics"]["total_return"], rel=1e-12)


def test_the_command_in_the_page_makes_the_same_run(page: Page, spy: Run) -> None:
    page.open(spy.page)
    words = text_of(page, "#reproduce-command")
    command = os.environ.get("PEAK_COMMAND", str(ROOT / "build" / "release" / "bin" / "peak"))
    again = subprocess.run(
        ["bash", "-c", f"{command}{words.removeprefix('peak')} --json"], capture_output=True, text=True, cwd=ROOT
    )
    assert json.loads(again.stdout) == spy.json
    assert spy.json["fingerprint"] in text_of(page, "#reproduce")


def test_orders_that_did_not_fill_are_listed_with_the_reason(page: Page, tmp_path: pathlib.Path) -> None:
    broke = run(tmp_path, "sma_cross", "--data", SPY, "--cash", "50", "--size-step", "1")
    page.open(broke.page)
    reasons = broke.json["unfilled_orders"]
    assert reasons["below_step"] > 0
    assert text_of(page, "#orders .count") == f"{sum(reasons.values())} not filled"
    assert any("below step: less than one size step was affordable" in row[-1] for row in rows_of(page, "order-table"))


def test_a_run_without_trades_says_so(page: Page, tmp_path: pathlib.Path) -> None:
    idle = run(tmp_path, "sma_cross", "--data", SPY, "--set", "slow=6000")
    assert idle.trades == []
    page.open(idle.page)
    assert "No trades." in text_of(page, "#trades")
    assert share_of(columns_with(page, "equity-chart", ACCENT)) > 0.98


# ---- what is drawn ---------------------------------------------------------------------------------------------------


def test_equity_is_drawn_where_it_belongs(page: Page, spy: Run) -> None:
    page.open(spy.page)
    columns = columns_with(page, "equity-chart", ACCENT, 90)
    assert share_of(columns) > 0.98
    closes = [float(row["close"]) for row in csv.DictReader((ROOT / SPY).open())]
    held = [10_000 * close / closes[0] for close in closes]
    low, high = min(*spy.equity, *held), max(*spy.equity, *held)
    air = 0.08 * (high - low)
    height = page.run("return document.querySelector('#equity-chart .u-over').offsetHeight")
    for bar in range(200, len(closes) - 200, 97):
        column = columns[int((bar + 0.5) / len(closes) * len(columns))]
        y = height * (high + air - spy.equity[bar]) / (high - low + 2 * air)
        assert column is not None, bar
        assert column[0] - 3 <= y <= column[1] + 3, bar


def test_each_trade_is_marked_at_its_entry(page: Page, spy: Run) -> None:
    page.open(spy.page)
    assert trades_drawn(page) == len(spy.trades)
    columns = columns_with(page, "price-chart", BUY, 60)
    for trade in spy.trades:
        x = (int(trade["entry_bar"]) + 0.5) / len(spy.equity) * len(columns)
        near = columns[max(0, int(x) - 3) : int(x) + 4]
        assert any(column is not None for column in near), trade
    assert share_of(columns_with(page, "price-chart", GOOD)) > 0.05
    assert share_of(columns_with(page, "price-chart", BAD)) > 0.05


def test_drawdown_reaches_its_depth_where_it_was(page: Page, spy: Run) -> None:
    page.open(spy.page)
    columns = columns_with(page, "drawdown-chart", BAD, 90)
    assert share_of(columns) > 0.98
    peak, falls = 10_000.0, []
    for value in spy.equity:
        peak = max(peak, value)
        falls.append(value / peak - 1)
    deepest = min(range(len(falls)), key=falls.__getitem__)
    lowest = max((column[1], x) for x, column in enumerate(columns) if column is not None)
    assert abs(lowest[1] - (deepest + 0.5) / len(falls) * len(columns)) <= 4


def test_choosing_a_trade_shows_it(page: Page, spy: Run) -> None:
    page.open(spy.page)
    page.run("document.querySelector('#trade-table tr[data-row=\"6\"]').click()")
    page.settle()
    assert trades_drawn(page) < 6
    trade = spy.trades[6]
    length = int(trade["exit_bar"]) - int(trade["entry_bar"])
    air = max(0.8 * length, 25)
    columns = columns_with(page, "price-chart", BUY, 60)
    x = air / (length + 2 * air) * len(columns)
    assert any(column is not None for column in columns[int(x) - 4 : int(x) + 5])


def test_range_by_mouse_and_keyboard(page: Page, spy: Run) -> None:
    page.open(spy.page)
    box = page.run(
        "const over = document.querySelector('#price-chart .u-over'); over.scrollIntoView({block: 'center'});"
        "const box = over.getBoundingClientRect(); return [box.left, box.top, box.width]"
    )
    middle = box[1] + 60
    page.drag((box[0] + 0.4 * box[2], middle), (box[0] + 0.5 * box[2], middle))
    tenth = trades_drawn(page)
    assert 0 < tenth < len(spy.trades) / 4
    page.run("document.querySelector('.charts').focus()")
    page.press("Home")
    assert trades_drawn(page) == len(spy.trades)
    page.press("+")
    assert trades_drawn(page) < len(spy.trades)
    page.press("ArrowRight")
    click(page, "All")
    assert trades_drawn(page) == len(spy.trades)


def test_logarithmic_equity_moves_the_line(page: Page, spy: Run) -> None:
    page.open(spy.page)
    before = columns_with(page, "equity-chart", ACCENT, 90)
    click(page, "log")
    after = columns_with(page, "equity-chart", ACCENT, 90)
    assert share_of(after) > 0.98
    assert before != after


def test_dark_and_narrow(page: Page, spy: Run) -> None:
    page.prefer("dark")
    page.resize(390, 844, mobile=True)
    page.open(spy.page)
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 22)"
    assert page.run("return document.documentElement.scrollWidth") <= 390
    assert share_of(columns_with(page, "equity-chart", 0x5B94FF, 90)) > 0.98
    page.resize(1200, 900)
    page.settle()
    page.settle()
    assert page.run("return document.querySelector('#price-chart canvas').width") > 900
    click(page, "\N{CIRCLE WITH LEFT HALF BLACK}")
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 248)"
    page.run("localStorage.clear()")


# ---- many bars -------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_bars(page: Page, walk: Run) -> None:
    page.open(walk.page)
    assert trades_drawn(page) == len(walk.trades) > 500
    assert share_of(columns_with(page, "price-chart", PRICE, 90)) > 0.98
    # Too many for marks: a strip along the bottom, in the colours of what they made.
    strip = [a or b for a, b in zip(columns_with(page, "price-chart", GOOD), columns_with(page, "price-chart", BAD))]
    assert share_of(strip) > 0.4
    assert "zoom in" in text_of(page, "#charts .keys:not([hidden])")
    assert share_of(columns_with(page, "equity-chart", ACCENT, 90)) > 0.98
    click(page, "1D")
    assert 0 < trades_drawn(page) < 60
    assert share_of(columns_with(page, "price-chart", BUY, 60)) > 0.02
    page.run("const box = document.getElementById('trade-table').parentElement; box.scrollTop = box.scrollHeight")
    page.settle()
    rows = rows_of(page, "trade-table")
    assert rows[-1][0] == str(len(walk.trades))
    assert len(rows) < 80  # only those in sight exist


def test_more_bars_than_are_shown_one_by_one(page: Page, tmp_path: pathlib.Path) -> None:
    write_walk(tmp_path / "long.csv", 250_000)
    long = run(tmp_path, "sma_cross", "--data", str(tmp_path / "long.csv"), "--set", "fast=50", "--set", "slow=200")
    page.open(long.page)
    assert "250,000 bars joined 2 at a time" in text_of(page, "#joined-bars")
    assert trades_drawn(page) == len(long.trades)
    assert share_of(columns_with(page, "equity-chart", ACCENT, 90)) > 0.98


# ---- what must not happen --------------------------------------------------------------------------------------------


def test_names_stay_text(page: Page, tmp_path: pathlib.Path) -> None:
    name = "<img src=x onerror=alert(1)> <script>alert(2)<!-- & 'q' \"d\".csv"
    shutil.copy(ROOT / SPY, tmp_path / name)
    page.open(run(tmp_path, "sma_cross", "--data", str(tmp_path / name)).page)
    assert page.run("return document.images.length + document.querySelectorAll('script').length") == 1
    assert name.removesuffix(".csv") in page.run("return document.title")
    assert name.removesuffix(".csv") in text_of(page, "h1")


def test_without_javascript_the_numbers_are_there(spy: Run) -> None:
    text = spy.page.read_text(encoding="utf-8")
    plain = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "Sharpe ratio" in plain and f"{spy.json['metrics']['sharpe']:.3f}" in plain
    assert "Copyright" in text and "uPlot" in text  # the licence of what is bundled


def test_the_pages_types_are_right(tmp_path: pathlib.Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        assert os.environ.get("CI") != "true", "no npm to check the page's types with"
        pytest.skip("no npm to check the page's types with")
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    for words in (["ci", "--ignore-scripts", "--prefer-offline"], ["run", "check"]):
        done = subprocess.run([npm, *words], cwd=tmp_path / "web", capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr
