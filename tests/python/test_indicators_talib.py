"""The indicators against TA-Lib's columns in shared data, within 1e-9 of the larger of its value and the input's scale."""

import csv

import pytest

numpy = pytest.importorskip("numpy")
parquet = pytest.importorskip("pyarrow.parquet")

PRICES = ("close",)
BARS = ("high", "low", "close")

# TA-Lib's column: indicator, inputs, parameters, output of ours (None: the only one)
COLUMNS = {
    "SMA(timeperiod=20)": ("sma", PRICES, (20,), None),
    "EMA(timeperiod=20)": ("ema", PRICES, (20,), None),
    "WMA(timeperiod=20)": ("wma", PRICES, (20,), None),
    "RSI(timeperiod=14)": ("rsi", PRICES, (14,), None),
    "ADX(timeperiod=14)": ("adx", BARS, (14,), None),
    "PLUS_DI(timeperiod=14)": ("plus_di", BARS, (14,), None),
    "MINUS_DI(timeperiod=14)": ("minus_di", BARS, (14,), None),
    "ATR(timeperiod=14)": ("atr", BARS, (14,), None),
    "TRANGE()": ("true_range", BARS, (), None),
    "BBANDS(timeperiod=20,nbdevup=2.0,nbdevdn=2.0,matype=0).upperband": ("bollinger", PRICES, (20, 2.0), "upper"),
    "BBANDS(timeperiod=20,nbdevup=2.0,nbdevdn=2.0,matype=0).middleband": ("bollinger", PRICES, (20, 2.0), "middle"),
    "BBANDS(timeperiod=20,nbdevup=2.0,nbdevdn=2.0,matype=0).lowerband": ("bollinger", PRICES, (20, 2.0), "lower"),
    "MACD(fastperiod=12,slowperiod=26,signalperiod=9).macd": ("macd", PRICES, (12, 26, 9), "line"),
    "MACD(fastperiod=12,slowperiod=26,signalperiod=9).macdsignal": ("macd", PRICES, (12, 26, 9), "signal"),
    "MACD(fastperiod=12,slowperiod=26,signalperiod=9).macdhist": ("macd", PRICES, (12, 26, 9), "histogram"),
    "STOCH(fastk_period=5,slowk_period=3,slowk_matype=0,slowd_period=3,slowd_matype=0).slowk": (
        "stochastic",
        BARS,
        (5, 3, 3),
        "k",
    ),
    "STOCH(fastk_period=5,slowk_period=3,slowk_matype=0,slowd_period=3,slowd_matype=0).slowd": (
        "stochastic",
        BARS,
        (5, 3, 3),
        "d",
    ),
    "STOCHF(fastk_period=5,fastd_period=3,fastd_matype=0).fastk": ("stochastic", BARS, (5, 1, 3), "k"),
    "STOCHF(fastk_period=5,fastd_period=3,fastd_matype=0).fastd": ("stochastic", BARS, (5, 1, 3), "d"),
    "STDDEV(timeperiod=5,nbdev=1.0)": ("stddev", PRICES, (5,), None),
    "VAR(timeperiod=5,nbdev=1.0)": ("variance", PRICES, (5,), None),
    "SUM(timeperiod=30)": ("sum", PRICES, (30,), None),
    "MAX(timeperiod=30)": ("highest", PRICES, (30,), None),
    "MIN(timeperiod=30)": ("lowest", PRICES, (30,), None),
    "MOM(timeperiod=10)": ("momentum", PRICES, (10,), None),
    "ROC(timeperiod=10)": ("roc", PRICES, (10,), None),
    "ROCP(timeperiod=10)": ("returns", PRICES, (10,), None),
}


@pytest.fixture(scope="module")
def bars(shared_data):
    with open(shared_data / "equity_daily" / "goog_2004_2013.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: numpy.array([float(row[name.capitalize()]) for row in rows]) for name in BARS}


@pytest.fixture(scope="module")
def reference(shared_data):
    return parquet.read_table(shared_data / "reference" / "talib_goog.parquet")


@pytest.mark.parametrize("column", COLUMNS)
def test_column_equals_talib(column, bars, reference):
    import peaktrade

    name, inputs, parameters, output = COLUMNS[column]
    result = getattr(peaktrade.indicators, name)(*(bars[key] for key in inputs), *parameters)
    ours = numpy.asarray(result if output is None else result[output])
    expected = reference[column].to_numpy(zero_copy_only=False).astype(float)
    assert ours.shape == expected.shape
    assert (numpy.isnan(ours) == numpy.isnan(expected)).all(), "undefined on other bars than TA-Lib"
    defined = ~numpy.isnan(expected)
    # A fraction has no scale in the prices: it is measured against 1.
    scale = numpy.ones_like(expected) if name == "returns" else bars["close"]
    tolerance = 1e-9 * numpy.maximum(numpy.abs(expected), scale)
    assert (numpy.abs(ours - expected)[defined] <= tolerance[defined]).all()
