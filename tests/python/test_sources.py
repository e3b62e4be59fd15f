"""Sources of bars: folders, a kline endpoint served here with pages and refusals, ccxt, yfinance."""

import http.server
import json
import sys
import threading
import types
import urllib.parse

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from peaktrade.data.async_loader import LoadError, load_multiple_symbols
from peaktrade.data.sources import CcxtSource, FolderSource, KlineSource, SourceError, YFinanceSource

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01


class Exchange(http.server.BaseHTTPRequestHandler):
    """Hourly candles of BTCUSDT: opens count up from 100. Of each page at most `limit`, 1000 at the most."""

    candles = 2500
    refusals = 0  # how many of the next requests are answered 429
    requests = 0

    def do_GET(self):
        kind = type(self)
        kind.requests += 1
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        if kind.refusals > 0:
            kind.refusals -= 1
            return self.answer(429, {"msg": "too many requests"}, {"Retry-After": "0.01"})
        if asked["symbol"] == "BROKEN":
            return self.answer(200, {"not": "candles"})
        if asked["symbol"] != "BTCUSDT":
            return self.answer(400, {"code": -1121, "msg": "Invalid symbol."})
        first = max(0, -(-(int(asked.get("startTime", START)) - START) // HOUR))
        last = min(kind.candles, (int(asked.get("endTime", START + 10**13)) - START) // HOUR + 1)
        rows = []
        for i in range(first, min(last, first + min(int(asked["limit"]), 1000))):
            at = START + i * HOUR
            prices = [100 + i, 101 + i, 99 + i, 100.5 + i]
            rows.append([at, *(str(price) for price in prices), "7.5", at + HOUR - 1, "0", 1, "0", "0", "0"])
        return self.answer(200, rows)

    def answer(self, status, content, headers=None):
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def exchange():
    class Own(Exchange):
        pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Own.url = f"http://127.0.0.1:{server.server_port}/api/v3/klines"
    yield Own
    server.shutdown()
    server.server_close()
    thread.join()


def test_pages_are_put_together(exchange):
    bars = KlineSource(exchange.url, start="2024-01-01", end="2024-04-01")("BTC/USDT", "1h")
    assert len(bars) == 91 * 24
    assert bars["open"].tolist() == (100 + np.arange(91 * 24)).tolist()
    assert bars["time"][0] == np.datetime64("2024-01-01") and bars.symbol == "BTC/USDT"
    assert exchange.requests == 4  # three pages and the empty one behind them
    few = KlineSource(exchange.url, start="2024-01-01T05:00", end="2024-01-01T08:00", limit=2)("BTCUSDT", "1h")
    assert few["close"].tolist() == [105.5, 106.5, 107.5]


def test_without_a_start_the_latest_page_is_given(exchange):
    assert len(KlineSource(exchange.url, limit=50)("BTCUSDT", "1h")) == 50


def test_refusals_are_waited_for(exchange):
    exchange.refusals = 3
    assert len(KlineSource(exchange.url, start="2024-01-01", end="2024-01-03")("BTCUSDT", "1h")) == 48
    exchange.refusals = 10
    with pytest.raises(SourceError, match=r"answered 429: .*too many requests") as told:
        KlineSource(exchange.url, patience=2)("BTCUSDT", "1h")
    assert told.value.retry_after == 0.01
    exchange.refusals = 4
    source = KlineSource(exchange.url, patience=0, start="2024-01-01", end="2024-01-02")
    assert len(load_multiple_symbols(["BTCUSDT"], "1h", source, retries=5)["BTCUSDT"]) == 24


def test_what_is_wrong_is_told(exchange):
    with pytest.raises(SourceError, match=r"ETHUSDT.*answered 400: .*Invalid symbol"):
        KlineSource(exchange.url)("ETHUSDT", "1h")
    with pytest.raises(SourceError, match="did not answer with a list of candles"):
        KlineSource(exchange.url)("BROKEN", "1h")
    with pytest.raises(SourceError, match="there are no bars"):
        KlineSource(exchange.url, start="2030-01-01")("BTCUSDT", "1h")
    with pytest.raises(ValueError, match="must begin with http"):
        KlineSource("file:///etc/passwd")
    with pytest.raises(LoadError) as told:
        load_multiple_symbols(["BTCUSDT", "XXX"], "1h", KlineSource(exchange.url, limit=10))
    assert list(told.value.results) == ["BTCUSDT"] and list(told.value.errors) == ["XXX"]


def test_ccxt_reads_the_same_endpoint(exchange):
    ccxt = pytest.importorskip("ccxt")
    binance = ccxt.binance({"enableRateLimit": False})
    binance.urls["api"]["public"] = exchange.url.removesuffix("/klines")
    market = {"id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True}
    binance.set_markets([binance.safe_market_structure(market)])
    source = CcxtSource(binance, start="2024-01-01", end="2024-03-01", limit=500)
    bars = source("BTC/USDT", "1h")
    assert bars["open"].tolist() == (100 + np.arange(60 * 24)).tolist()
    exchange.refusals = 1
    with pytest.raises(SourceError) as told:
        source("BTC/USDT", "1h")
    assert told.value.retry_after == 1.0
    with pytest.raises(ValueError, match="did you mean 'kraken'"):
        CcxtSource("krakn")


def test_yfinance_is_asked_in_its_own_words(monkeypatch):
    asked = {}

    class Ticker:
        def __init__(self, symbol):
            asked["symbol"] = symbol

        def history(self, **words):
            asked.update(words)
            index = pd.date_range("2024-01-02", periods=3, tz="America/New_York", name="Date")
            rows = {"Open": [1.0, 2, 3], "High": [2.0, 3, 4], "Low": [0.5, 1, 2], "Close": [1.5, 2.5, np.nan]}
            return pd.DataFrame({**rows, "Volume": [10, 20, 30], "Dividends": 0.0}, index=index)

    monkeypatch.setitem(sys.modules, "yfinance", types.SimpleNamespace(Ticker=Ticker))
    bars = YFinanceSource(start="2024-01-01")("SPY", "1d")
    assert bars["close"].tolist() == [1.5, 2.5] and bars["time"][0] == np.datetime64("2024-01-02")
    assert (asked["symbol"], asked["interval"], asked["start"], asked["auto_adjust"]) == (
        "SPY",
        "1d",
        "2024-01-01",
        True,
    )
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(ImportError, match=r"pip install 'peaktrade\[yfinance\]'"):
        YFinanceSource()("SPY", "1d")


def test_folders(tmp_path):
    hours = pd.DataFrame(
        {"close": 100 + np.arange(96.0), "volume": 1.0},
        index=pd.date_range("2024-01-01", periods=96, freq="1h", name="time"),
    )
    hours.to_csv(tmp_path / "BTC_USD.csv")
    hours.iloc[:5].to_csv(tmp_path / "ETH_USD-1h.csv.gz")
    source = FolderSource(tmp_path)
    assert len(source("BTC/USD", "1h")) == 96
    days = source("BTC/USD", "1d")
    assert days["close"].tolist() == [123, 147, 171, 195] and days["volume"].tolist() == [24] * 4
    assert len(source("ETH/USD", "1h")) == 5
    with pytest.raises(ValueError, match="longer than 15m"):
        source("BTC/USD", "15m")
    with pytest.raises(pt.NotFoundError, match="no file for 'XRP/USD'"):
        source("XRP/USD", "1h")
    (tmp_path / "inner").mkdir()
    with pytest.raises(pt.NotFoundError):
        FolderSource(tmp_path / "inner")("../BTC_USD", "1h")
    both = load_multiple_symbols(["BTC/USD", "ETH/USD"], "1h", source)
    assert list(both) == ["BTC/USD", "ETH/USD"]
