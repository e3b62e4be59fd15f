"""The API reference: every public header and every public name is in it, with what the sources say of it."""

from __future__ import annotations

import re
import runpy

import peaktrade
from test_docs import ROOT


def test_the_reference_holds_every_header_and_name(tmp_path):
    made = runpy.run_path(str(ROOT / "scripts" / "make_reference.py"))["write_reference"](tmp_path)
    index = (tmp_path / "index.md").read_text()
    for header in (ROOT / "include" / "peak").rglob("*/*.hpp"):
        page = tmp_path / f"cpp_{header.parent.name}.md"
        assert f"#include <peak/{header.parent.name}/{header.name}>" in page.read_text()
        assert f"`{header.name}`" in index
    for target in re.findall(r"\]\(([\w.]+)\)", index):
        assert (tmp_path / target).is_file(), target
    assert {"backtest", "BacktestResult", "BacktestOptions"} <= set(made["cpp_sim.md"])
    assert set(peaktrade.__all__) <= set(made["peaktrade.md"])
    assert "MultiLevelCache" in made["peaktrade_core_cache.md"]
    assert made["peaktrade_core_parallel.md"] == sorted(made["peaktrade_core_parallel.md"])


def test_pages_show_signatures_and_meanings_and_nothing_private(tmp_path):
    runpy.run_path(str(ROOT / "scripts" / "make_reference.py"))["write_reference"](tmp_path)
    python = (tmp_path / "peaktrade_core_parallel.md").read_text()
    assert "def parallel_map(fn: Callable[[Item], Made], items: Iterable[Item]" in python
    assert "results in the order of items" in python
    cpp = (tmp_path / "cpp_cache.md").read_text()
    assert "DiskCache: level three, values in a folder that processes share" in cpp
    assert "static Result<std::shared_ptr<DiskCache>> open(const DiskCacheOptions& options);" in cpp
    assert "private:" not in cpp
    assert "#pragma" not in cpp
    assert "namespace peak" not in cpp
