"""The committed stubs are what the built library says, and users' code passes the strict type check."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stubs")
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_stubs.py"), str(folder)], check=True, capture_output=True
    )
    return folder


@pytest.mark.parametrize("name", ["_native.pyi", "_functions.pyi", "indicators.pyi"])
def test_stubs_are_up_to_date(made, name):
    committed = (ROOT / "python" / "peaktrade" / name).read_text()
    assert (made / name).read_text() == committed, "run: python scripts/make_stubs.py"


def test_stubs_are_installed():
    import peaktrade

    folder = Path(peaktrade.__file__).parent
    for name in ("py.typed", "__init__.pyi", "_native.pyi", "_functions.pyi", "indicators.pyi"):
        assert (folder / name).is_file(), name


USE = """
import peaktrade as pt

fast, slow = pt.sma(pt.close, pt.param("fast", 10)), pt.sma(pt.close, pt.param("slow", 50))
strategy = pt.Strategy(name="x", entry=pt.crosses_above(fast, slow) & (pt.rsi(14) < 70), exit=pt.crosses_below(fast, slow))
result = pt.backtest("data.csv", strategy, {"fast": 5}, commission=0.001, size=pt.Size.units(3))
sharpe: float | None = result.metrics["sharpe"]
names: list[str] = pt.strategy_names()
histogram = pt.macd(pt.close).histogram[1] > 0
text: str = result.to_json()
values = pt.indicators.sma([1.0, 2.0], 2)
total: float = float(values.sum())
metrics = pt.metrics.compute([0.1, -0.1], 252)
"""


def test_use_passes_the_strict_check(tmp_path):
    assert importlib.util.find_spec("pyright"), "pyright is among the test requirements"
    (tmp_path / "use.py").write_text(USE)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "use.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
