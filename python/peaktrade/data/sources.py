"""Where bars come from: loaders for ``load_multiple_symbols_async`` and for single calls.

    from peaktrade.data.async_loader import load_multiple_symbols
    from peaktrade.data.sources import FolderSource, KlineSource

    data = load_multiple_symbols(["SPY", "QQQ"], "1d", FolderSource("data"))
    bars = KlineSource(start="2024-01-01", end="2024-02-01")("BTCUSDT", "1h")

Each is called with a symbol and a timeframe and gives Bars. They may be called by many threads. A source that asks to be
called less often raises SourceError with ``retry_after`` once it has waited ``patience`` times; the loaders heed it.
CcxtSource and YFinanceSource need ``pip install 'peaktrade[ccxt]'`` and ``'peaktrade[yfinance]'``.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterator

from .. import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    When = str | datetime.datetime | datetime.date | None

__all__ = ["CcxtSource", "FolderSource", "KlineSource", "SourceError", "YFinanceSource"]

_ENDINGS = (".csv", ".csv.gz", ".csv.zst", ".parquet", ".feather", ".json", ".json.gz", ".zip", ".txt")
_MOST_PAGES = 100_000


class SourceError(RuntimeError):
    """A source gave no bars. ``retry_after``: seconds after which it may be asked again, or None."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def _milliseconds(when: When) -> int | None:
    """Since 1970; times without a zone are UTC."""
    if when is None:
        return None
    if isinstance(when, str):
        when = datetime.datetime.fromisoformat(when)
    if not isinstance(when, datetime.datetime):
        when = datetime.datetime(when.year, when.month, when.day)
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return round(when.timestamp() * 1000)


def _bars(symbol: str, rows: list[list[Any]]) -> _native.Bars:
    """Rows of milliseconds, open, high, low, close, volume; later rows of one time are the same bar asked for again."""
    import numpy

    by_time = {int(row[0]): row for row in rows}
    if not by_time:
        raise SourceError(f"{symbol}: there are no bars in the time that was asked for")
    stamps = sorted(by_time)
    columns: dict[str, Any] = {"time": numpy.array(stamps, "datetime64[ms]").astype("datetime64[ns]")}
    for place, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        columns[name] = numpy.array([float(by_time[stamp][place]) for stamp in stamps])
    return _native.Bars(columns, symbol=symbol)


def _pages(fetch: Callable[[int | None], list[list[Any]]], start: int | None, end: int | None) -> list[list[Any]]:
    """All rows from `start` on, page after page, until a page brings nothing new or reaches `end`."""
    rows: list[list[Any]] = []
    since = start
    for _ in range(_MOST_PAGES):
        page = [row for row in fetch(since) if end is None or int(row[0]) < end]
        fresh = [row for row in page if not rows or int(row[0]) > int(rows[-1][0])]
        rows.extend(fresh)
        if not fresh or start is None:
            return rows
        since = int(fresh[-1][0]) + 1
    raise SourceError(f"more than {_MOST_PAGES} pages: ask for a shorter time")


class FolderSource:
    """Files of a folder: ``BTC_USD-1h.csv``, ``BTC_USD_1h.parquet``, or ``BTC_USD.csv``, which is resampled.

    A symbol's ``/`` and ``:`` may be ``_``, ``-`` or nothing in the name. Further arguments are those of ``read_bars``."""

    def __init__(self, folder: str | os.PathLike[str], **reading: Any) -> None:
        self.folder = os.fspath(folder)
        self._reading = reading

    def _candidates(self, symbol: str, timeframe: str) -> Iterator[tuple[str, bool]]:
        for between in ("_", "-", ""):
            name = symbol.replace("/", between).replace(":", between)
            for link in ("-", "_"):
                yield from ((f"{name}{link}{timeframe}{ending}", True) for ending in _ENDINGS)
            yield from ((name + ending, False) for ending in _ENDINGS)

    def __call__(self, symbol: str, timeframe: str) -> _native.Bars:
        if os.sep in symbol.replace("/", "_") or symbol in ("", ".", ".."):
            raise ValueError(f"{symbol!r} is no symbol")
        for name, has_timeframe in self._candidates(symbol, timeframe):
            path = os.path.join(self.folder, name)
            if not os.path.isfile(path):
                continue
            bars = _native.read_bars(path, symbol=symbol, **self._reading)
            return bars if has_timeframe else self._longer(bars, timeframe, path)
        from .._errors import NotFoundError

        raise NotFoundError(
            f"the folder '{self.folder}' has no file for '{symbol}', such as {symbol.replace('/', '_')}.csv"
        )

    @staticmethod
    def _longer(bars: _native.Bars, timeframe: str, path: str) -> _native.Bars:
        import numpy

        wanted = _native.timeframe_length(timeframe)
        steps = numpy.diff(bars["time"].view("int64"))
        usual = int(numpy.median(steps)) if len(steps) else wanted
        if usual > wanted:
            raise ValueError(f"{path}: its bars are longer than {timeframe}")
        from .._resample import resample

        # Days may be 23 or 25 hours apart, months 28 to 31 days: what is nearly as long is taken as it is.
        return bars if usual * 10 >= wanted * 9 else resample(bars, timeframe)


class KlineSource:
    """Candles of an exchange's kline endpoint, as Binance and those like it have: no key is needed.

    ``url`` is the endpoint, called with ``symbol, interval, startTime, endTime, limit``, page after page. Where it answers
    429 or 418 the source waits as long as ``Retry-After`` says, ``patience`` times for a load. A candle that is still being
    made is left out."""

    def __init__(
        self,
        url: str = "https://api.binance.com/api/v3/klines",
        *,
        start: When = None,
        end: When = None,
        limit: int = 1000,
        timeout: float = 30,
        patience: int = 5,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://, not {url!r}")
        self.url, self.limit, self.timeout, self.patience = url, limit, timeout, patience
        self._start, self._end = _milliseconds(start), _milliseconds(end)

    def __call__(self, symbol: str, timeframe: str) -> _native.Bars:
        waits = [self.patience]
        words = {"symbol": symbol.replace("/", ""), "interval": timeframe, "limit": str(self.limit)}

        def fetch(since: int | None) -> list[list[Any]]:
            asked = dict(words)
            if since is not None:
                asked["startTime"] = str(since)
            if self._end is not None:
                asked["endTime"] = str(self._end - 1)
            return self._page(symbol, asked, waits)

        now = time.time() * 1000
        rows = _pages(fetch, self._start, self._end)
        return _bars(symbol, [row for row in rows if len(row) < 7 or int(row[6]) <= now])

    def _page(self, symbol: str, words: dict[str, str], waits: list[int]) -> list[list[Any]]:
        while True:
            try:
                return self._ask(symbol, words)
            except SourceError as error:
                if error.retry_after is None or waits[0] == 0:
                    raise
                waits[0] -= 1
                time.sleep(error.retry_after)

    def _ask(self, symbol: str, words: dict[str, str]) -> list[list[Any]]:
        import json
        import urllib.error
        import urllib.parse
        import urllib.request

        try:
            with urllib.request.urlopen(f"{self.url}?{urllib.parse.urlencode(words)}", timeout=self.timeout) as answer:
                page = json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read(300).decode("utf-8", "replace").strip()
            wait = _seconds(error.headers.get("Retry-After")) if error.code in (418, 429, 503) else None
            raise SourceError(f"{symbol}: {self.url} answered {error.code}: {said or error.reason}", wait) from None
        except (OSError, ValueError) as error:
            raise SourceError(f"{symbol}: {self.url}: {error}") from error
        if not isinstance(page, list) or not all(isinstance(row, list) and len(row) >= 6 for row in page):
            raise SourceError(f"{symbol}: {self.url} did not answer with a list of candles")
        return page


def _seconds(text: str | None) -> float:
    """Of a header Retry-After; a second where it is missing or unreadable."""
    try:
        return min(max(float(text or 1), 0.0), 600.0)
    except ValueError:
        return 1.0


class CcxtSource:
    """Candles through ccxt: ``exchange`` is its name there ("kraken") or an exchange object of ccxt."""

    def __init__(self, exchange: Any, *, start: When = None, end: When = None, limit: int | None = None) -> None:
        if isinstance(exchange, str):
            try:
                import ccxt
            except ImportError:
                raise ImportError("CcxtSource needs ccxt: pip install 'peaktrade[ccxt]'") from None
            if exchange not in ccxt.exchanges:
                from .._suggest import suggestion

                raise ValueError(f"ccxt has no exchange '{exchange}'{suggestion(exchange, list(ccxt.exchanges))}")
            exchange = getattr(ccxt, exchange)({"enableRateLimit": True})
        self.exchange, self.limit = exchange, limit
        self._start, self._end = _milliseconds(start), _milliseconds(end)

    def __call__(self, symbol: str, timeframe: str) -> _native.Bars:
        import ccxt

        def fetch(since: int | None) -> list[list[Any]]:
            return self.exchange.fetch_ohlcv(symbol, timeframe, since, self.limit)

        try:
            rows = _pages(fetch, self._start, self._end)
        except (ccxt.RateLimitExceeded, ccxt.DDoSProtection) as error:
            raise SourceError(f"{symbol}: {error}", 1.0) from error
        except ccxt.BaseError as error:
            raise SourceError(f"{symbol}: {type(error).__name__}: {error}") from error
        length = self.exchange.parse_timeframe(timeframe) * 1000
        now = time.time() * 1000
        return _bars(symbol, [row for row in rows if int(row[0]) + length <= now])


class YFinanceSource:
    """Bars of Yahoo through yfinance; ``adjusted`` takes splits and dividends out of earlier prices."""

    def __init__(self, *, start: When = None, end: When = None, adjusted: bool = True) -> None:
        self.start, self.end, self.adjusted = start, end, adjusted

    def __call__(self, symbol: str, timeframe: str) -> _native.Bars:
        try:
            import yfinance  # pyright: ignore[reportMissingImports]  an extra
        except ImportError:
            raise ImportError("YFinanceSource needs yfinance: pip install 'peaktrade[yfinance]'") from None
        interval = {"1w": "1wk", "1M": "1mo"}.get(timeframe, timeframe)
        period = None if self.start is not None else "max"
        frame = yfinance.Ticker(symbol).history(
            interval=interval, start=self.start, end=self.end, period=period, auto_adjust=self.adjusted
        )
        if len(frame) == 0:
            raise SourceError(f"{symbol}: Yahoo has no bars in the time that was asked for")
        prices = frame[["Open", "High", "Low", "Close", "Volume"]].dropna()
        if interval in ("1d", "1wk", "1mo", "3mo"):  # a day is midnight UTC of its date, as in all daily data here
            prices.index = prices.index.tz_localize(None).normalize()
        return _native.Bars(prices, symbol=symbol)
