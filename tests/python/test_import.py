"""What `import peaktrade` costs: no heavy module before it is used."""

import subprocess
import sys

HEAVY = ("numpy", "pandas", "polars", "pyarrow", "dataclasses", "typing", "asyncio", "tomllib", "json", "matplotlib")


def modules_after(code):
    program = f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
    # -S: without site, whose .pth files may import anything.
    search = [path for path in sys.path if path.endswith("site-packages") or "peaktrade" in path or path]
    program = f"import sys; sys.path[:0] = {search!r}; {program}"
    return subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()


def test_import_loads_nothing_heavy():
    loaded = modules_after("import peaktrade")
    assert "peaktrade" in loaded
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []


def test_import_does_not_load_the_extension():
    assert "peaktrade._native" not in modules_after("import peaktrade")


def test_a_run_from_a_file_needs_no_numpy(example_csv):
    code = f"import peaktrade; peaktrade.backtest({str(example_csv)!r}, 'sma_cross').metrics['sharpe']"
    loaded = modules_after(code)
    assert "peaktrade._native" in loaded
    assert [name for name in loaded if name in ("numpy", "pandas", "polars", "pyarrow", "asyncio", "dataclasses")] == []


def test_nothing_is_printed():
    done = subprocess.run(
        [sys.executable, "-c", "import peaktrade; peaktrade.backtest"], capture_output=True, check=True
    )
    assert done.stdout == b""
    assert done.stderr == b""


def test_an_unknown_name_names_the_nearest():
    import pytest

    import peaktrade as pt

    with pytest.raises(AttributeError, match=r"'smaa'.*did you mean 'sma'"):
        _ = pt.smaa
    assert {"sma", "backtest", "close", "indicators"} <= set(dir(pt))
