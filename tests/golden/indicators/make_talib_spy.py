"""Writes talib_spy.csv: what TA-Lib gives on the closes, highs and lows of spy_1999_2020.csv.

Run with TA-Lib 0.8.2 (Python; its C library is 0.8.1) and the data file's path:
    python make_talib_spy.py .../equity_daily/spy_1999_2020.csv > talib_spy.csv

The data: SPY daily, from pandas-ta (twopirllc/pandas-ta @b465491f22, data/SPY_D.csv), MIT licence, copyright (c) 2021+
pandas-ta. Each row is a bar: high, low and close, then TA-Lib's columns, empty where undefined.
"""

import csv
import sys

import numpy
import talib

BARS = 600  # rows written: the first ones, so that every warm-up is in them


def main(path: str) -> None:
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:BARS]
    high, low, close = (numpy.array([float(row[name]) for row in rows]) for name in ("high", "low", "close"))
    upper, middle, lower = talib.BBANDS(close, 20, 2.5, 2.5)
    line, signal, histogram = talib.MACD(close, 12, 26, 9)
    k, d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    fast_k, fast_d = talib.STOCHF(high, low, close, 5, 3, 0)
    columns = {
        "high": high,
        "low": low,
        "close": close,
        "sma(20)": talib.SMA(close, 20),
        "sma(7)": talib.SMA(close, 7),
        "sma(200)": talib.SMA(close, 200),
        "ema(20)": talib.EMA(close, 20),
        "ema(200)": talib.EMA(close, 200),
        "wma(20)": talib.WMA(close, 20),
        "wma(9)": talib.WMA(close, 9),
        "rsi(14)": talib.RSI(close, 14),
        "rsi(2)": talib.RSI(close, 2),
        "sum(30)": talib.SUM(close, 30),
        "stddev(20,0)": talib.STDDEV(close, 20),
        "variance(5,0)": talib.VAR(close, 5),
        "highest(30)": talib.MAX(high, 30),
        "lowest(30)": talib.MIN(low, 30),
        "roc(10)": talib.ROC(close, 10),
        "returns(1)": talib.ROCP(close, 1),
        "momentum(10)": talib.MOM(close, 10),
        "true_range()": talib.TRANGE(high, low, close),
        "adx(14)": talib.ADX(high, low, close, 14),
        "adx(5)": talib.ADX(high, low, close, 5),
        "plus_di(14)": talib.PLUS_DI(high, low, close, 14),
        "minus_di(14)": talib.MINUS_DI(high, low, close, 14),
        "atr(14)": talib.ATR(high, low, close, 14),
        "bollinger(20,2.5).upper": upper,
        "bollinger(20,2.5).middle": middle,
        "bollinger(20,2.5).lower": lower,
        "macd(12,26,9).line": line,
        "macd(12,26,9).signal": signal,
        "macd(12,26,9).histogram": histogram,
        "stochastic(14,3,3).k": k,
        "stochastic(14,3,3).d": d,
        "stochastic(5,1,3).k": fast_k,
        "stochastic(5,1,3).d": fast_d,
    }
    writer = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    for bar in range(len(rows)):
        writer.writerow("" if numpy.isnan(values[bar]) else repr(float(values[bar])) for values in columns.values())


if __name__ == "__main__":
    main(sys.argv[1])
