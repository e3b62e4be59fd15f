"""Sweeps wrote CSV under any name, such as rows.xlsx, and told of a missing folder by the name of a file beside."""

import os

import pytest

import peaktrade as pt


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("rows.xlsx", ValueError, "Parquet or CSV, not .xlsx"),
        ("", ValueError, "without a name"),
        (os.path.join("none", "rows.parquet"), OSError, "its folder does not exist"),
        (os.path.join("none", "rows.csv"), OSError, "its folder does not exist"),
        ("folder.parquet", OSError, "it is a folder"),
        ("folder.csv", OSError, "it is a folder"),
    ],
)
def test_files_that_cannot_be_are_told_before_anything_is_computed(
    example_csv, tmp_path, monkeypatch, name, error, text
):
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "store"
    for folder in ("folder.parquet", "folder.csv"):
        (tmp_path / folder).mkdir()
    with pytest.raises(error, match=text):
        pt.sweep(example_csv, "sma_cross", {"fast": [2, 3]}, store=store, out=name)
    assert not store.exists()
    result = pt.sweep(example_csv, "sma_cross", {"fast": [2, 3]}, reuse=False)
    with pytest.raises(error, match=text):
        result.write(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "folder.parquet"]
