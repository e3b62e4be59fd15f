"""The configuration from Python and the command: order of sources, errors, and that the docs list every setting."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from peaktrade import config
from test_docs import ROOT, peak_command


def peak(*words, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PEAKTRADE_")}
    return subprocess.run(
        [peak_command(), *words], cwd=cwd, env={**clean, **environment}, capture_output=True, text=True, timeout=600
    )


def test_the_command_makes_changes_and_shows_the_file(tmp_path):
    assert peak("config", "init", cwd=tmp_path).returncode == 0
    again = peak("config", "init", cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr
    before = (tmp_path / "config" / "performance.toml").read_text()
    assert peak("config", "set", "cache.l3_path", "my cache", cwd=tmp_path).returncode == 0
    after = (tmp_path / "config" / "performance.toml").read_text()
    assert after == before.replace('l3_path = "data/cache"', 'l3_path = "my cache"')
    (tmp_path / "deep" / "below").mkdir(parents=True)
    shown = json.loads(
        peak("config", "show", "--json", cwd=tmp_path / "deep" / "below", PEAKTRADE_CACHE_L1_SIZE="9").stdout
    )
    settings = shown["settings"]
    assert settings["performance.cache.l3_path"]["value"] == "my cache"
    assert settings["performance.cache.l1_size"]["value"] == 9
    assert settings["performance.cache.l1_size"]["from"] == "PEAKTRADE_CACHE_L1_SIZE"


@pytest.mark.parametrize("columns", ["60", "80", "100", "200"])
def test_show_says_every_meaning_whole(tmp_path, columns):
    told = json.loads(peak("config", "show", "--json", cwd=tmp_path).stdout)["settings"]
    shown = " ".join(peak("config", "show", cwd=tmp_path, COLUMNS=columns).stdout.split())
    for name, setting in told.items():
        assert name in shown
        assert setting["description"] in shown, name


def test_a_file_is_read_that_is_named_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEAKTRADE_")]:
        monkeypatch.delenv(name)
    (tmp_path / "mine.toml").write_text("[performance.cache]\nl1_size = 7\n")
    settings = config.load(tmp_path / "mine.toml")
    assert settings["cache.l1_size"] == 7
    assert settings.origin("cache.l1_size") == f"{tmp_path / 'mine.toml'}:2"
    with pytest.raises(FileNotFoundError, match=r"'nine\.toml' is not there"):
        config.load("nine.toml")
    monkeypatch.setenv("PEAKTRADE_CONFIG", str(tmp_path / "other.toml"))
    assert config.load(tmp_path / "mine.toml")["cache.l1_size"] == 7, "what is named goes before the environment"


def test_check_lists_every_problem(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text("[performance]\nenable_cachin = true\n[performance.numpy]\nnum_threads = 'many'\n")
    done = peak("config", "check", "--file", str(file), "--json", cwd=tmp_path)
    assert done.returncode == 3
    problems = json.loads(done.stdout)["problems"]
    assert [problem.split(": ", 1)[1][:20] for problem in problems] == ["unknown key 'enable_", "'num_threads' must b"]
    assert problems[0].startswith(f"{file}:2:1:")
    assert peak("config", "set", "l1_size", "5", "--file", str(file), cwd=tmp_path).returncode == 2
    assert file.read_text().startswith("[performance]\nenable_cachin")


def test_a_password_is_never_shown(tmp_path):
    done = peak("config", "show", cwd=tmp_path, PEAKTRADE_CACHE_L2_PASSWORD="hunter2")
    assert "hunter2" not in done.stdout
    assert "not shown" in done.stdout


def test_python_reads_the_same_file(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "performance.toml").write_text("[performance.cache]\nl1_ttl = 2.5\nl3_enabled = false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEAKTRADE_NUMPY_NUM_THREADS", "3")
    settings = config.load()
    assert settings["cache.l1_ttl"] == 2.5
    assert settings["l3_enabled"] is False
    assert settings["performance.numpy.num_threads"] == 3
    assert settings.origin("cache.l1_ttl") == "config/performance.toml:2"
    settings.set("cache.l1_ttl", 7)
    assert settings["cache.l1_ttl"] == 7.0
    assert settings.origin("cache.l1_ttl") == "argument"
    assert len(settings) == len(list(settings)) == len(settings.keys())


@pytest.mark.parametrize("value", [0, -1, 1.5, "x", None, float("nan"), [1]])
def test_wrong_values_are_refused(value):
    settings = config.Configuration.defaults()
    with pytest.raises((ValueError, TypeError), match="l1_size"):
        settings.set("cache.l1_size", value)
    assert settings["cache.l1_size"] == 1000


def test_errors_name_the_place(tmp_path, monkeypatch):
    with pytest.raises(KeyError, match="did you mean"):
        config.Configuration.defaults()["cache.l1_sise"]
    monkeypatch.setenv("PEAKTRADE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(FileNotFoundError, match="PEAKTRADE_CONFIG"):
        config.load()


def test_the_schema_and_the_page_name_every_setting():
    schema = json.loads(config.schema())
    page = Path(ROOT / "docs" / "configuration.md").read_text()
    for key in config.Configuration.defaults():
        part = schema
        for name in key.split("."):
            part = part["properties"][name]
        assert "description" in part
        assert f"| `{key}` |" in page, f"{key} is not in docs/configuration.md"
