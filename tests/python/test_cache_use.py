"""What uses the cache: files of prices read through it, research as it is done, and the command's report on both."""

import json
import subprocess

import pytest

import peaktrade as pt
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached
from test_cache import becomes, redis  # noqa: F401 (a fixture)
from test_docs import ROOT, peak_command

PRICES = ROOT / "examples" / "data" / "spy_daily.csv"


def peak(*words, status=0):
    done = subprocess.run([peak_command(), *map(str, words)], capture_output=True, text=True, timeout=600)
    assert done.returncode == status, done.stderr
    return done


def stats(folder):
    return json.loads(peak("cache", "stats", "--path", folder, "--json").stdout)


# ---- loaded data -------------------------------------------------------------------------------------------------------


def test_bars_come_from_the_cache_until_the_file_changes(tmp_path):
    path, folder = tmp_path / "prices.csv", tmp_path / "cache"
    path.write_bytes(PRICES.read_bytes())
    plain = pt.read_bars(path)
    for expected in (0, 1, 2):
        bars = pt.read_bars(path, cache=folder)
        assert stats(folder)["l3"]["hits"] >= expected
        assert bars.fingerprint == plain.fingerprint
        assert (bars.symbol, bars.time_zone, bars.columns) == (plain.symbol, plain.time_zone, plain.columns)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n")
    assert len(pt.read_bars(path, cache=folder)) == len(plain) - 1
    assert pt.backtest(bars, "sma_cross").metrics == pt.backtest(str(PRICES), "sma_cross").metrics


def test_a_folder_that_cannot_be_is_left_out(tmp_path):
    (tmp_path / "file").write_text("in the way")
    bars = pt.read_bars(PRICES, cache=tmp_path / "file")
    assert len(bars) == len(pt.read_bars(PRICES))
    with pytest.raises(TypeError, match="cache must be the path of a folder"):
        pt.read_bars(PRICES, cache=1)
    with pytest.raises(TypeError, match="no argument 'cach'"):
        pt.read_bars(PRICES, cach=tmp_path)


# ---- the command -------------------------------------------------------------------------------------------------------


def test_the_command_looks_after_a_folder(tmp_path):
    folder = tmp_path / "cache"
    none = peak("cache", "stats", "--path", folder, status=2)
    assert "peak cache warm" in none.stderr
    assert not folder.exists()  # looking makes nothing
    assert "stored" in peak("cache", "warm", PRICES, "--path", folder).stdout
    assert "were there already" in peak("cache", "warm", PRICES, "--path", folder).stdout
    run = [*("backtest", "sma_cross", "--data", PRICES, "--json"), "--cache", folder]
    hits = stats(folder)["l3"]["hits"]
    with_cache = json.loads(peak(*run).stdout)
    assert stats(folder)["l3"]["hits"] > hits
    assert with_cache["metrics"] == json.loads(peak(*run[:-2]).stdout)["metrics"]
    peak("cache", "verify", "--path", folder)
    with MultiLevelCache(l3_path=folder) as cache:
        cache.set("text", "a value that will be damaged", tags=["mine"])
        cache.set("tagged", 1, tags=["mine"])
    store = next(folder.glob("store-*.peak"))
    bytes_of_store = store.read_bytes()
    store.write_bytes(bytes_of_store.replace(b"that will be damaged", b"that has been damagd"))
    assert "'peak cache verify --repair'" in peak("cache", "verify", "--path", folder, status=3).stderr
    peak("cache", "verify", "--repair", "--path", folder)
    peak("cache", "verify", "--path", folder)
    peak("cache", "gc", "--path", folder)
    assert json.loads(peak("cache", "clear", "--tag", "mine", "--json", "--path", folder).stdout)["removed"] == 1
    assert json.loads(peak("cache", "clear", "--json", "--path", folder).stdout)["size"] == 0
    peak("cache", "stats", "--reset", "--path", folder)
    assert stats(folder)["l3"]["hits"] == 0


def test_our_own_objects_are_arguments_by_their_content(tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(PRICES.read_bytes())
    with MultiLevelCache(l3_path=tmp_path / "cache") as cache:

        @cached(cache=cache)
        def count(*things):
            return len(things)

        def key(thing):
            return count.cache_key(thing)

        bars, same = pt.read_bars(PRICES, symbol="SPY"), pt.read_bars(copy, symbol="SPY")
        assert key(bars) == key(same)
        assert len({key(bars), key(bars.slice(0, 100)), key(pt.read_bars(PRICES, symbol="QQQ"))}) == 3
        runs = [pt.backtest(data, "sma_cross", commission=cost) for data in (bars, same) for cost in (0, 0.001)]
        assert key(runs[0]) == key(runs[2]) != key(runs[1])
        assert count(bars, runs[0]) == 2


# ---- research ----------------------------------------------------------------------------------------------------------


def research_day(folder, day, trace=None, changed=None, **options):
    """A day's work on one folder: yesterday's grid again, wider, and with one thing changed; each result is looked at as
    often as a notebook does it, for a table, a chart and a comparison."""
    with MultiLevelCache(l3_path=folder, **options) as cache:
        if options:
            assert becomes(lambda: cache.get_stats()["l2"]["available"])
        bars = pt.read_bars(PRICES, cache=folder)

        @cached(cache_level="full", cache=cache, ttl=None)
        def result(bars, fast, slow, commission):
            run = pt.backtest(bars, "sma_cross", params={"fast": fast, "slow": slow}, commission=commission)
            return run.metrics["total_return"]

        def study():
            for commission in (0.001, changed or 0.001 * (day + 2)):
                for fast in range(5, 8 + day):
                    for slow in range(20, 60 + 10 * day, 10):
                        for _look in range(8):
                            result(bars, fast, slow, commission)

        if trace is None:
            study()
        else:
            with cache.recording(trace):
                study()
        return cache.get_stats()


def test_recorded_research_meets_the_guide_s_targets(tmp_path):
    folder, trace = tmp_path / "cache", tmp_path / "trace.jsonl"
    for day in range(4):
        research_day(folder, day, trace if day == 3 else None)
    report = stats(folder)
    assert report["l1"]["hit_rate"] > 0.8
    assert report["l3"]["hit_rate"] > 0.3
    assert report["advice"] == []
    shown = peak("cache", "stats", "--path", folder).stdout
    assert "> 80 %" in shown and "> 30 %" in shown and "advice" not in shown

    # The next morning: what the trace names is in memory before the work begins, so that nothing is looked up below.
    with MultiLevelCache(l3_path=folder) as cache:
        warmed = cache.warm(trace=trace)
        assert warmed.present == len(set(trace.read_text().splitlines()))
        before = cache.get_stats()["l1"]
        for line in trace.read_text().splitlines():
            assert cache.get(json.loads(line)) is not None
        after = cache.get_stats()["l1"]
        assert after["misses"] == before["misses"]


def test_research_of_two_who_share_a_server_meets_the_targets(tmp_path, redis):  # noqa: F811
    """Two work on the same grid, each with a change of their own, in turns; on the third morning the server was restarted
    and has forgotten everything, so that the folder serves."""
    folder = tmp_path / "cache"
    server = {"l2_enabled": True, "l2_host": "127.0.0.1", "l2_port": redis.port, "l2_timeout": 10}
    for day in range(4):
        if day == 2:
            redis.kill()
            redis.start()
        for changed in (0.002, 0.003):
            research_day(folder, day, changed=changed, **server)
    report = stats(folder)
    # Of 416 first looks the server finds what the other did this day, and all of yesterday's unless it was restarted:
    # 0 + 12, 24 + 32, 0 + 30 and 60 + 72 = 230. Of the other 186 the folder finds 40 + 20 on the third morning;
    # seven of eight sessions find there the prices, which are two entries.
    assert (report["l2"]["hits"], report["l2"]["misses"]) == (230, 186)
    assert (report["l3"]["hits"], report["l3"]["misses"]) == (60 + 14, 126 + 2)
    assert report["l1"]["hit_rate"] > 0.8
    assert report["advice"] == []
    shown = " ".join(peak("cache", "stats", "--path", folder).stdout.split())
    assert "55.3 % > 50 %" in shown and "advice" not in shown


def test_work_that_no_cache_serves_is_advised(tmp_path):
    with MultiLevelCache(l1_size=10, l3_path=tmp_path) as cache:
        for turn in range(3):
            for key in range(200):
                cache.get_or_compute(f"{turn}/{key}", lambda: 1)
    advice = " ".join(stats(tmp_path)["advice"])
    assert "L1" in advice and "80 %" in advice and "l1_size" in advice
    assert "L3" in advice and "30 %" in advice
    assert "advice: L1 found 0 %" in " ".join(peak("cache", "stats", "--path", tmp_path).stdout.split())
