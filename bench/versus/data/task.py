"""Data: the trade store, Parquet files, frames in memory, many loads at once, each against what users have otherwise."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
from data import frames
from data.store import Store
from data.work import Work, measure, say_tables
from figures import seconds_text, significant, table
from page import Page

import peaktrade as pt
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.numpy_accel import estimate_dataframe_memory, optimize_dataframe_memory
from peaktrade.core.serialization import load_optimized_parquet, save_optimized_parquet
from peaktrade.data.async_loader import load_multiple_symbols_async


def _csv(folder: Path, rows: int) -> tuple[list[Work], str]:
    frame = frames.bars(rows)
    path = str(folder / "bars.csv")
    frame.reset_index().assign(time=lambda made: made["time"].dt.strftime("%Y-%m-%d %H:%M:%S")).to_csv(
        path, index=False
    )
    ours = pt.read_bars(path)
    for name in frame.columns:
        np.testing.assert_array_equal(ours[name], frame[name].to_numpy())
    group = f"CSV, {rows:,} bars"
    works = [
        Work(group, "peaktrade.read_bars (with its checks)", lambda: pt.read_bars(path), ours=True),
        Work(group, "polars", lambda: pl.read_csv(path, try_parse_dates=True), mark=1),
        Work(group, "pandas", lambda: pd.read_csv(path, parse_dates=["time"]), mark=1),
        Work(group, "pyarrow", lambda: pa.csv.read_csv(path), mark=1),
    ]
    return works, f"The file has {os.path.getsize(path) / 1e6:.1f} MB."


def _mapped(folder: Path, rows: int) -> list[Work]:
    """Bars that were kept before: from the cache's folder and from an Arrow file, every column summed."""
    frame = frames.bars(rows)
    path = str(folder / "mapped.arrow")
    pa.feather.write_feather(pa.Table.from_pandas(frame), path, compression="uncompressed")
    cache = MultiLevelCache(l1_size=1, l1_bytes=0, l3_path=str(folder / "cache"), l3_bytes=1 << 30)
    cache.set("bars", frame)

    def touched(found: pd.DataFrame) -> None:
        assert found.index[-1] == frame.index[-1]
        for name in found.columns:
            found[name].to_numpy().sum()

    def arrow() -> None:
        with pa.memory_map(path) as source:
            table = pa.ipc.open_file(source).read_all()
            for name in frame.columns:
                pa.compute.sum(table[name])

    group = f"Mapped load of {rows:,} bars, every column summed"
    return [
        Work(group, "MultiLevelCache, its folder (pandas)", lambda: touched(cache.get("bars")), ours=True),
        Work(group, "pyarrow, memory_map", arrow),
        Work(group, "the mark, 8 ms", lambda: 0.008, mark=1),
    ]


def _parquet(folder: Path, rows: int) -> tuple[list[Work], str]:
    frame = frames.bars(rows)
    polars_frame = pl.from_pandas(frame.reset_index())
    arrow = pa.Table.from_pandas(frame)
    path = {name: folder / f"{name}.parquet" for name in ("ours", "ticks", "polars", "pyarrow", "pandas")}
    save_optimized_parquet(frame, path["ours"])
    save_optimized_parquet(frame, path["ticks"], exact_ticks=True)
    polars_frame.write_parquet(path["polars"])
    pq.write_table(arrow, path["pyarrow"])
    frame.to_parquet(path["pandas"])
    for name in ("ours", "ticks"):
        pd.testing.assert_frame_equal(load_optimized_parquet(path[name]), frame)
    sizes = ", ".join(f"{name} {os.path.getsize(file) / 1e6:.1f} MB" for name, file in path.items())
    write, read = f"Parquet, {rows:,} bars: write", f"Parquet, {rows:,} bars: read"
    ticks = f"Parquet, {rows:,} bars, exact ticks"
    works = [
        Work(write, "save_optimized_parquet (pandas)", lambda: save_optimized_parquet(frame, path["ours"]), ours=True),
        Work(write, "polars, zstd", lambda: polars_frame.write_parquet(path["polars"]), mark=1),
        Work(write, "pyarrow, snappy", lambda: pq.write_table(arrow, path["pyarrow"])),
        Work(write, "pandas", lambda: frame.to_parquet(path["pandas"])),
        Work(read, "load_optimized_parquet (to pandas)", lambda: load_optimized_parquet(path["ours"]), ours=True),
        Work(read, "load_optimized_parquet (to polars)", lambda: load_optimized_parquet(path["ours"], frame="polars")),
        Work(read, "peaktrade.read_bars (with its checks)", lambda: pt.read_bars(path["ours"])),
        Work(read, "polars", lambda: pl.read_parquet(path["polars"]), mark=1),
        Work(read, "polars, then to pandas", lambda: pl.read_parquet(path["polars"]).to_pandas()),
        Work(read, "pyarrow", lambda: pq.read_table(path["pyarrow"])),
        Work(read, "pandas", lambda: pd.read_parquet(path["pandas"])),
        Work(
            ticks,
            "write and read, exact_ticks=True",
            lambda: (
                save_optimized_parquet(frame, path["ticks"], exact_ticks=True),
                load_optimized_parquet(path["ticks"]),
            ),
            ours=True,
        ),
        Work(
            ticks,
            "polars, write and read",
            lambda: (polars_frame.write_parquet(path["polars"]), pl.read_parquet(path["polars"])),
            mark=1,
        ),
    ]
    return works, f"Sizes: {sizes}."


def _recipe(frame: pd.DataFrame) -> pd.DataFrame:
    """What is usually advised; it rounds prices."""
    made = frame.copy()
    for name in made.columns:
        if made[name].dtype.kind in "iu":
            made[name] = pd.to_numeric(made[name], downcast="integer")
        elif made[name].dtype.kind == "f":
            made[name] = pd.to_numeric(made[name], downcast="float")
        elif made[name].dtype.kind != "M":
            made[name] = made[name].astype("category")
    return made


def _memory(rows: int) -> tuple[list[Work], str]:
    text = frames.trades(rows)
    objects = text.astype(dict.fromkeys(("symbol", "side", "strategy"), object))
    rng = np.random.default_rng(3)
    numbers = pd.DataFrame(
        {
            "small": rng.integers(0, 100, rows),
            "large": rng.integers(0, 2**40, rows),
            "whole": rng.integers(0, 500, rows).astype(float),
            "price": text["price"].to_numpy(),
            "fees": np.where(rng.random(rows) < 0.01, 1.5, 0.0),
        }
    )
    notes = []
    for name, frame in (("str", text), ("object", objects), ("polars", pl.from_pandas(text)), ("numbers", numbers)):
        made = optimize_dataframe_memory(frame)
        before, after = (estimate_dataframe_memory(f)["total_mb"] for f in (frame, made))
        notes.append(f"{name} {before:.1f} to {after:.1f} MB ({1 - after / before:.1%} less)")
    polars_text = pl.from_pandas(text)
    native = pt.narrow(polars_text)
    assert native.to_polars().equals(polars_text.with_columns(pl.col("timestamp").cast(pl.Datetime("ns"))))
    wide = polars_text.estimated_size()
    notes.append(
        f"narrow columns {wide / 1e6:.1f} to {native.nbytes / 1e6:.1f} MB ({1 - native.nbytes / wide:.1%} less)"
    )
    recipe = estimate_dataframe_memory(_recipe(text))["total_mb"]
    sizes = f"Losslessly: {'; '.join(notes)}. The recipe comes to {recipe:.1f} MB and rounds the prices."
    group, floats = f"Memory, {rows:,} trades", "Memory, numbers only"
    works = [
        Work(group, "optimize_dataframe_memory, str", lambda: optimize_dataframe_memory(text), ours=True),
        Work(group, "recipe (lossy), str", lambda: _recipe(text), mark=1),
        Work(f"{group}, object", "optimize_dataframe_memory", lambda: optimize_dataframe_memory(objects), ours=True),
        Work(f"{group}, object", "recipe (lossy)", lambda: _recipe(objects), mark=1),
        Work(floats, "optimize_dataframe_memory", lambda: optimize_dataframe_memory(numbers), ours=True),
        Work(floats, "peaktrade.narrow", lambda: pt.narrow(numbers)),
        Work(floats, "at 2 GB/s", lambda: 5 * 8 * rows / 2e9, mark=1),
    ]
    return works, sizes


def _loads() -> list[Work]:
    async def coroutine(symbol: str, timeframe: str) -> str:
        await asyncio.sleep(0.05)
        return symbol

    def plain(symbol: str, timeframe: str) -> str:
        time.sleep(0.05)
        return symbol

    symbols = [f"S{i}" for i in range(40)]

    def load(loader: object) -> float:
        async def timed() -> float:
            begin = time.perf_counter()
            found = await load_multiple_symbols_async(symbols, "1h", loader, max_concurrent=32)
            assert list(found) == symbols
            return time.perf_counter() - begin

        return asyncio.run(timed())

    group = "40 loads of 50 ms, 32 at once"
    return [
        Work(group, "coroutines", lambda: load(coroutine), ours=True),
        Work(group, "plain functions", lambda: load(plain), ours=True),
        Work(group, "the mark, 0.12 s", lambda: 0.12, mark=1),
    ]


def _say_queries(page: Page, store: Store) -> list[dict]:
    found = store.optimized()
    rows = [
        (name, seconds_text(before), seconds_text(after), significant(before / after) + "x", f"{old} -> {new}")
        for name, before, after, old, new in found
    ]
    page.say(
        f"\n**The guide's queries on {len(store.rows):,} trades, before and after optimize_database (mark: 20x)**\n"
    )
    page.say(table(("query", "before", "after", "faster", "plan"), rows))
    return [{"query": name, "before": before, "after": after} for name, before, after, _, _ in found]


def run(rows: int, rounds: int, program: str | None) -> dict:
    """Proves, measures and prints; returns everything as one object."""
    page = Page()
    page.say(
        f"Data, {rows:,} rows; median and range of {rounds} rounds in turn. What is compared was first proved equal."
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(folder, frames.trades(rows), program)
        store.check()
        parquet, sizes = _parquet(folder, rows)
        memory, saved = _memory(rows)
        csv, size = _csv(folder, rows)
        works = [*csv, *store.inserts(), *parquet, *_mapped(folder, rows), *memory, *_loads()]
        measure(works, rounds)
        notes = {csv[0].group: size, parquet[0].group: sizes, memory[0].group: saved}
        told = say_tables(page, works, notes)
        queries = _say_queries(page, store)
    return {"task": "data", "rows": rows, "rounds": rounds, "works": told, "queries": queries, "page": page.text()}
