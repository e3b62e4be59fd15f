"""peaktrade.metrics against empyrical-reloaded 0.7.1 and quantstats 0.0.86 (shared data, reference/metrics.json)."""

import json

import pytest

import peaktrade as pt

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

AGREEMENT = 1e-12
EMPYRICAL = {
    "total_return": "cum_returns_final",
    "cagr": "cagr",
    "volatility": "annual_volatility",
    "sharpe": "sharpe_ratio",
    "sortino": "sortino_ratio",
    "downside_risk": "downside_risk",
    "max_drawdown": "max_drawdown",
    "calmar": "calmar_ratio",
    "omega": "omega_ratio",
    "tail_ratio": "tail_ratio",
    "value_at_risk": "value_at_risk_5",
    "conditional_value_at_risk": "conditional_value_at_risk_5",
}
QUANTSTATS = {
    "total_return": "comp",
    "cagr": "cagr",
    "volatility": "volatility",
    "sharpe": "sharpe",
    "sortino": "sortino",
    "max_drawdown": "max_drawdown",
    "calmar": "calmar",
    "omega": "omega",
    "tail_ratio": "tail_ratio",
    "skew": "skew",
    "kurtosis": "kurtosis",
    "positive_share": "win_rate",
    "best_return": "best",
    "worst_return": "worst",
}


@pytest.mark.parametrize("name", ["spy_1d", "btcusd_1d", "ethbtc_5m"])
def test_metrics_of_returns_agree_with_the_peers(shared_data, name):
    reference = json.loads((shared_data / "reference" / "metrics.json").read_text())["series"][name]
    returns = pd.read_parquet(shared_data / "reference" / f"returns_{name}.parquet")["ret"]
    assert len(returns) == reference["n"]
    ours = pt.metrics.compute(returns, periods_per_year=reference["periods_per_year"])
    for peer, names in (("empyrical", EMPYRICAL), ("quantstats", QUANTSTATS)):
        for metric, key in names.items():
            assert ours[metric] == pytest.approx(reference[peer][key], rel=AGREEMENT, abs=0), (peer, metric)


def test_what_needs_trades_is_none_with_a_reason():
    ours = pt.metrics.compute([0.01, -0.02, 0.03], periods_per_year=252)
    assert ours["win_rate"] is None
    assert ours["beta"] is None
    assert ours["sharpe"] is not None


def test_infos_name_every_metric():
    names = [info["name"] for info in pt.metrics.infos()]
    assert len(names) == len(set(names)) >= 30
    assert set(names) == set(pt.metrics.compute([0.01, -0.02], periods_per_year=252))
