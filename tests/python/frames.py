"""Bars in every form that users have them in, all with the same values."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

NAMES = ("open", "high", "low", "close", "volume")


def arrays(count=300, seed=7):
    """A random walk with plausible bars, hourly from 2020-01-01 UTC."""
    generator = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(generator.normal(0, 0.01, count))), 2)
    open_ = np.round(close * (1 + generator.normal(0, 0.002, count)), 2)
    time = np.datetime64("2020-01-01", "ns") + np.arange(count) * np.timedelta64(1, "h")
    return {
        "time": time,
        "open": open_,
        "high": np.maximum(open_, close) + 0.05,
        "low": np.minimum(open_, close) - 0.05,
        "close": close,
        "volume": generator.integers(1, 1000, count).astype(float),
    }


def pandas_indexed(zone=None, **kwargs):
    columns = arrays(**kwargs)
    index = pd.DatetimeIndex(columns.pop("time"), tz="UTC" if zone else None, name="when")
    return pd.DataFrame(columns, index=index.tz_convert(zone) if zone else index)


def variants(**kwargs):
    """Name -> the same bars in another form."""
    columns = arrays(**kwargs)
    frame = pd.DataFrame(columns)
    table = pa.table(columns)
    capital = {name.capitalize(): values for name, values in columns.items()}
    return {
        "dict of arrays": columns,
        "dict of lists": {name: list(values) for name, values in columns.items()},
        "dict with int64 times": {**columns, "time": columns["time"].astype(np.int64)},
        "dict with times in seconds": {**columns, "time": columns["time"].astype("datetime64[s]")},
        "dict of series": {name: frame[name] for name in frame},
        "dict of polars series": {name: pl.Series(name, values) for name, values in columns.items()},
        "strided arrays": {name: np.stack([values, values], axis=1)[:, 0] for name, values in columns.items()},
        "capital names": {**capital, "Date": capital["Time"]} | {"Time": capital["Time"]},
        "pandas with a column of times": frame,
        "pandas with an index": pandas_indexed(**kwargs),
        "pandas with a zone": pandas_indexed("America/New_York", **kwargs),
        "pandas in microseconds": frame.assign(time=frame["time"].astype("datetime64[us]")),
        "pandas row-major": pd.DataFrame(
            np.column_stack([columns[n] for n in NAMES]), index=frame["time"], columns=NAMES
        ),
        "pandas with nullable types": frame.astype(dict.fromkeys(NAMES, "Float64")),
        "pandas with Arrow types": frame.astype(dict.fromkeys(NAMES, pd.ArrowDtype(pa.float64()))),
        "polars": pl.DataFrame(columns),
        "polars with a zone": pl.DataFrame(columns).with_columns(pl.col("time").dt.replace_time_zone("UTC")),
        "polars in two chunks": pl.concat([pl.DataFrame(columns)[:100], pl.DataFrame(columns)[100:]], rechunk=False),
        "polars sliced": pl.concat([pl.DataFrame(columns)[:5], pl.DataFrame(columns)])[5:],
        "Arrow table": table,
        "Arrow record batch": table.to_batches()[0],
        "Arrow table in chunks": pa.concat_tables([table.slice(0, 7), table.slice(7)]),
        "Arrow stream": pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
    }
