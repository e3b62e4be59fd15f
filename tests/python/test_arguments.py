"""peaktrade.backtest's arguments: aliases, ranges, and errors that name what was meant."""

import numpy as np
import pytest

import peaktrade as pt
from frames import arrays

BARS = pt.Bars(arrays())
PARAMS = {"fast": 5, "slow": 20}


def run(**options):
    return pt.backtest(BARS, "sma_cross", PARAMS, **options)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ({"fees": 0.001}, {"commission": 0.001}),
        ({"commissions": 0.001}, {"commission": 0.001}),
        ({"init_cash": 5000}, {"cash": 5000}),
        ({"initial_capital": 5000}, {"cash": 5000}),
        ({"size_granularity": 1}, {"size_step": 1}),
        ({"finalize_trades": True}, {"finalize": True}),
        ({"trade_on_close": True}, {"fill": "same_close"}),
        ({"trade_on_close": False}, {"fill": "next_open"}),
        ({"rf": 0.02}, {"risk_free": 0.02}),
    ],
)
def test_names_of_other_libraries(foreign, ours):
    assert run(**foreign).to_json() == run(**ours).to_json()
    assert run(**foreign).to_json() != run(cash=123).to_json()


def test_parameters_and_data_have_aliases_too():
    assert pt.backtest(bars=BARS, strategy="sma_cross", parameters=PARAMS).to_json() == run().to_json()


def test_a_name_and_its_alias_together():
    with pytest.raises(TypeError, match="'fees' and 'commission'"):
        run(fees=0.1, commission=0.1)


def test_an_unknown_argument_names_the_nearest():
    with pytest.raises(TypeError, match="'comission'; did you mean 'commission'"):
        run(comission=0.1)


def test_what_is_missing_is_told():
    with pytest.raises(TypeError, match="data"):
        pt.backtest()
    with pytest.raises(TypeError, match="strategy"):
        pt.backtest(BARS)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"cash": 0}, ValueError, "cash"),
        ({"cash": float("nan")}, ValueError, "cash"),
        ({"cash": "much"}, TypeError, "cash must be a number"),
        ({"cash": True}, TypeError, "cash must be a number"),
        ({"commission": float("nan")}, ValueError, "commission"),
        ({"commission": 1.5}, ValueError, "commission"),
        ({"commission": -0.1}, ValueError, "commission"),
        ({"slippage": 1}, ValueError, "slippage"),
        ({"size": -1}, ValueError, "size"),
        ({"size": "half"}, ValueError, "size|half"),
        ({"size": [1]}, TypeError, "size must be a number"),
        ({"size_step": 0}, ValueError, "size_step|size step"),
        ({"fill": "next_opne"}, ValueError, "next_open"),
        ({"fill": 1}, TypeError, "fill must be a text"),
        ({"finalize": "yes"}, TypeError, "finalize must be True or False"),
        ({"execution": "backtrader"}, ValueError, "rulebook"),
        ({"periods_per_year": 0}, ValueError, "periods_per_year"),
        ({"risk_free": "x"}, TypeError, "risk_free"),
        ({"metrics_convention": "quantstat"}, ValueError, "quantstats"),
        ({"engine": "slow"}, ValueError, "reference"),
    ],
    ids=str,
)
def test_values_out_of_range_are_refused_by_name(options, error, words):
    with pytest.raises(error, match=words):
        run(**options)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"fats": 5}, (ValueError, KeyError), "fast"),
        ({"fast": 0}, ValueError, "fast"),
        ({"fast": 2.5}, ValueError, "fast"),
        ({"fast": "5"}, TypeError, "parameter 'fast' must be a number"),
        ({"fast": None}, TypeError, "parameter 'fast' must be a number"),
        ([5, 20], TypeError, "mapping"),
        ({5: 5}, TypeError, "name"),
    ],
    ids=str,
)
def test_parameters_are_checked(params, error, words):
    with pytest.raises(error, match=words):
        pt.backtest(BARS, "sma_cross", params)


def test_unknown_strategies_name_the_nearest():
    with pytest.raises(pt.NotFoundError, match="'sma_cross'") as caught:
        pt.backtest(BARS, "sma_crss")
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith(("'", '"'))
    with pytest.raises(FileNotFoundError, match=r"gone\.toml"):
        pt.backtest(BARS, "gone.toml")
    with pytest.raises(TypeError, match="built-in name"):
        pt.backtest(BARS, 42)
    with pytest.raises(TypeError, match="Strategy"):
        pt.backtest(BARS, pt.close > 1)


@pytest.mark.parametrize(
    ("size", "quantity"),
    [(10, 10), (pt.Size.units(10), 10), ("units:10", 10), (np.float64(10), 10), (np.int32(10), 10)],
    ids=str,
)
def test_sizes(size, quantity):
    assert set(run(size=size).trades["quantity"]) == {quantity}


def test_size_by_value_and_fraction():
    trades = run(size=pt.Size.value(1000)).trades
    np.testing.assert_allclose(trades["quantity"] * trades["entry_price"], 1000, rtol=1e-15)
    assert run(size=0.25).to_json() == run(size=pt.Size.fraction(0.25)).to_json() == run(size="fraction:0.25").to_json()
    assert run(size=pt.Size.all()).to_json() == run(size="all").to_json() == run().to_json()


def test_options_of_the_strategy_hold_unless_given():
    text = 'name = "x"\n[signals]\nentry = "close > 0"\n[broker]\ncash = 777\n'
    strategy = pt.Strategy.from_toml(text)
    assert pt.backtest(BARS, strategy).to_dict()["broker"]["cash"] == 777
    assert pt.backtest(BARS, strategy, cash=500).to_dict()["broker"]["cash"] == 500


def test_errors_of_files(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "cell.csv").write_text("date,open,high,low,close\n2020-01-01,1,1,1,1\n2020-01-02,1,1,1,abc\n")
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        pt.read_bars(tmp_path / "none.csv")
    for name in ("empty.csv", "binary.csv", "cell.csv"):
        with pytest.raises(ValueError, match=name):
            pt.read_bars(tmp_path / name)
    with pytest.raises(ValueError, match="abc"):
        pt.read_bars(tmp_path / "cell.csv")
    with pytest.raises(OSError, match=str(tmp_path)):
        pt.read_bars(tmp_path)
    with pytest.raises(TypeError, match="path"):
        pt.read_bars(3)
    with pytest.raises(ValueError, match="'clsoe'; did you mean 'close'"):
        pt.read_bars(tmp_path / "cell.csv", columns={"clsoe": "x"})
    with pytest.raises(ValueError, match=r"'parqet'.*did you mean 'parquet'"):
        pt.read_bars(tmp_path / "cell.csv", format="parqet")
