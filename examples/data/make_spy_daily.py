"""Makes spy_daily.csv and spy_daily.parquet, the bars that the examples and the documentation use.

Usage: python make_spy_daily.py SPY_D.csv

SPY_D.csv is data/SPY_D.csv of twopirllc/pandas-ta (see README.md beside this file). Its first column, a row number
without a name, is dropped; volumes, which are whole numbers, lose their ".0"; prices keep every digit of the source.
Needs pyarrow 26.
"""

import csv
import datetime
import pathlib
import sys

import pyarrow
import pyarrow.parquet

PRICES = ("open", "high", "low", "close")


def main(source: str) -> None:
    folder = pathlib.Path(__file__).parent
    with open(source, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    with open(folder / "spy_daily.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("date", *PRICES, "volume"))
        for row in rows:
            writer.writerow((row["date"], *(row[name] for name in PRICES), int(float(row["volume"]))))

    dates = [datetime.datetime.fromisoformat(row["date"]).replace(tzinfo=datetime.UTC) for row in rows]
    columns = {"date": pyarrow.array(dates, pyarrow.timestamp("us", "UTC"))}
    for name in (*PRICES, "volume"):
        columns[name] = pyarrow.array([float(row[name]) for row in rows], pyarrow.float64())
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "spy_daily.parquet", compression="snappy")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
