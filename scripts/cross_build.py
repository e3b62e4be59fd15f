#!/usr/bin/env python3
"""Builds for 64-bit Arm on this machine, and runs what can be run.

    cross_build.py linux [--native PEAK]    the command and the tests of the numeric folders for Arm Linux; runs them under
                                            qemu-user and compares the command's results with the native PEAK's
    cross_build.py macos                    a program of the numeric folders for Apple Silicon, then the library and the
                                            command, linked; nothing is run

Nothing is installed on this machine: the libraries for Arm are Debian's, unpacked into build/cross. Needs g++-aarch64-linux-gnu,
qemu-user and apt-get for linux; besides apt-get the PyPI package ziglang for macos (scripts/setup test has them all).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CROSS = ROOT / "build" / "cross"
SYSROOT = CROSS / "sysroot"
TRIPLE = "aarch64-linux-gnu"
PACKAGES = (
    *("libzip-dev", "zlib1g-dev", "libhiredis-dev", "libsqlite3-dev", "liblz4-dev", "libzstd-dev", "libssl-dev"),
    *("libxxhash-dev", "libhwy-dev", "libgtest-dev", "nlohmann-json3-dev", "libcli11-dev", "libtomlplusplus-dev"),
)
# What Peak Trade links that is not macOS's own: the library's file on Linux, by its name for pkg-config.
LIBRARIES = {
    "zlib": "libz.so",
    "libzip": "libzip.so",
    "hiredis": "libhiredis.so",
    "sqlite3": "libsqlite3.so",
    "liblz4": "liblz4.so",
    "libzstd": "libzstd.so",
    "openssl": "libssl.so",
    "libcrypto": "libcrypto.so",
}
HEADERS = (
    *("hwy", "nlohmann", "CLI", "toml++", "hiredis", "openssl", "xxhash.h", "xxh3.h", "zlib.h", "zconf.h"),
    *("zip.h", "zipconf.h", "lz4.h", "zstd.h", "zstd_errors.h", "sqlite3.h"),
)
# Indicators and engine are where NEON makes results; base has the exact sums and the choice of the SIMD target.
TESTED = ("base", "indicators", "sim")
# Metrics with exp, log or pow: within 1e-12 from one platform to another (rule 16), all else to the bit.
TOLERANCE = 1e-12


def run(*words: str | Path, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in words], check=True, **options)


def need(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise SystemExit(f"{program} is missing: install {package} (scripts/setup test does)")


def unpack_packages() -> None:
    """Debian's libraries for arm64 and what they need, with apt's own resolver but none of its state."""
    stamp = CROSS / "packages.stamp"
    if stamp.exists() and stamp.read_text() == " ".join(PACKAGES):
        return
    need("apt-get", "apt (this works on Debian)")
    state = CROSS / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").write_text("")
    settings = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "Debug::NoLocking": "1",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    run(*apt, "update")
    run(*apt, "install", "-y", "--download-only", "--no-install-recommends", *PACKAGES, stdout=subprocess.DEVNULL)
    shutil.rmtree(SYSROOT, ignore_errors=True)
    SYSROOT.mkdir(parents=True)
    for package in sorted((state / "cache" / "archives").glob("*.deb")):
        run("dpkg", "-x", package, SYSROOT)
    for path in SYSROOT.rglob("*"):  # links to /lib/... mean this folder's
        if path.is_symlink() and os.readlink(path).startswith("/"):
            target = SYSROOT / os.readlink(path)[1:]
            path.unlink()
            path.symlink_to(os.path.relpath(target, path.parent))
    stamp.write_text(" ".join(PACKAGES))


def configure(name: str, *options: str) -> Path:
    folder = CROSS / name
    toolchain = ROOT / "cmake" / "toolchains" / f"aarch64-{name}.cmake"
    run(
        *("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "--toolchain", toolchain),
        *("-DPEAK_WITH_ARROW=OFF", "-DPEAK_UNITY_BUILD=ON", *options),
        stdout=subprocess.DEVNULL,
    )
    return folder


def build(folder: Path, *targets: str, jobs: int) -> None:
    run("cmake", "--build", folder, f"-j{jobs}", "--target", *targets)


# ---- Arm Linux: built, and run under emulation ------------------------------------------------------------------------


def linux(native: str | None, jobs: int) -> None:
    need(f"{TRIPLE}-g++", f"g++-{TRIPLE}")
    need("qemu-aarch64", "qemu-user")
    unpack_packages()
    folder = configure(
        "linux",
        f"-DPEAK_SYSROOT={SYSROOT}",
        "-DPEAK_WERROR=ON",
        "-DCMAKE_BUILD_TYPE=Release",
        f"-DPEAK_TEST_FOLDERS={';'.join(TESTED)}",
        f"-DPEAK_SHARED_DATA={os.environ.get('PEAK_SHARED_DATA', ROOT.parent / 'shared' / 'data')}",
    )
    tests = [f"peak_{name}_test" for name in TESTED]
    build(folder, *tests, "peak_command", jobs=jobs)
    emulator = ["qemu-aarch64", "-L", str(SYSROOT)]
    for test in tests:
        print(f"== {test} under qemu-aarch64", flush=True)
        run(*emulator, folder / "tests" / "cpp" / test, "--gtest_brief=1")
    command = [*emulator, str(folder / "bin" / "peak")]
    level = json.loads(output(command, "doctor", "--python", "", "--json"))["simd_level"]
    print(f"== SIMD level of the Arm build: {level}")
    if "NEON" not in level:
        raise SystemExit(f"the Arm build computes with {level}, not with NEON")
    if native is None:
        print("== results are not compared: name a native command with --native")
        return
    compare([native], command)


# Kernels of every kind: moving sums, recurrences, extremes, event walk, sweep lanes; prices on a grid of cents have ties.
RUNS = (
    "backtest sma_cross --commission 0.001",
    "backtest rsi_reversion --commission 0.001 --slippage 0.0005 --size-step 1",
    "backtest macd --size fraction:0.25",
    "backtest donchian_breakout --commission 0.001 --fill same_close",
    "backtest examples/strategies/band_reversal.toml --commission 0.0005",
    "sweep sma_cross --grid fast=5:50:5 --grid slow=60:200:20 --commission 0.001 --top all --no-reuse",
)


def output(command: list[str], *words: str) -> str:
    environment = {**os.environ, "PEAK_SWEEP_STORE": "off"}
    return run(*command, *words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment).stdout


def compare(native: list[str], arm: list[str]) -> None:
    worst, same, far = 0.0, 0, []
    for line in RUNS:
        words = [*line.split(), "--data", "examples/data/spy_daily.csv", "--json"]
        for place, here, there in leaves(json.loads(output(native, *words)), json.loads(output(arm, *words))):
            if here == there or place.endswith("elapsed_s"):
                same += 1
                continue
            numbers = all(isinstance(value, float) for value in (here, there))
            error = abs(here - there) / max(abs(here), abs(there)) if numbers else math.inf
            worst = max(worst, error)
            if error > TOLERANCE:
                far.append(f"{line}: {place}: {here!r} here, {there!r} on Arm")
    print(f"== {len(RUNS)} runs: {same} values equal to the bit, others within {worst:.1e}")
    if far:
        raise SystemExit("results differ:\n  " + "\n  ".join(far[:20]))


def leaves(here, there, place: str = ""):
    """Values at the same place of two documents; a place that only one has is a difference."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in here.keys() | there.keys():
            yield from leaves(here.get(key), there.get(key), f"{place}.{key}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for number, pair in enumerate(zip(here, there)):
            yield from leaves(*pair, f"{place}[{number}]")
    else:
        yield place, here, there


# ---- Apple Silicon: built and linked, not run -------------------------------------------------------------------------


def write_executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def exported_symbols(library: str, name: str, symbols: list[str]) -> str:
    """What a linker needs of a library of macOS: the names it exports."""
    names = ", ".join(f"_{symbol}" for symbol in symbols)
    return (
        "--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\n"
        f"install-name: '/opt/homebrew/lib/{name}.dylib'\ncurrent-version: 1\ncompatibility-version: 1\n"
        f"exports:\n  - targets: [ arm64-macos ]\n    symbols: [ {names} ]\n...\n"
    )


def macos_packages(folder: Path) -> None:
    """Headers, linker stubs and pkg-config files of the libraries, from Debian's: the names are the same everywhere."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("include", "lib", "pkgconfig", "bin"):
        (folder / part).mkdir(parents=True)
    places = (SYSROOT / "usr" / "include", SYSROOT / "usr" / "include" / TRIPLE)
    for header in HEADERS:
        found = next((place / header for place in places if (place / header).exists()), None)
        if found is None:
            raise SystemExit(f"{header} is not among the unpacked packages")
        (folder / "include" / header).symlink_to(found)
    # OpenSSL keeps its configuration apart, by architecture.
    (folder / "include" / "openssl").unlink()
    shutil.copytree(places[0] / "openssl", folder / "include" / "openssl")
    shutil.copytree(places[1] / "openssl", folder / "include" / "openssl", dirs_exist_ok=True)
    for package, file in LIBRARIES.items():
        path = SYSROOT / "usr" / "lib" / TRIPLE / file
        listed = run("nm", "-D", "--defined-only", path, stdout=subprocess.PIPE, text=True).stdout
        symbols = sorted({line.split()[-1].split("@")[0] for line in listed.splitlines() if line})
        name = file.removesuffix(".so")
        (folder / "lib" / f"{name}.tbd").write_text(exported_symbols(package, name, symbols))
        own = f" -I{folder}/include/{package}" if (folder / "include" / package).is_dir() else ""
        (folder / "pkgconfig" / f"{package}.pc").write_text(
            f"Name: {package}\nDescription: names only\nVersion: 1.0\n"
            f"Requires: {'libcrypto' if package == 'openssl' else ''}\n"
            f"Libs: -L{folder}/lib -l{name.removeprefix('lib')}\nCflags: -I{folder}/include{own}\n"
        )
    for package in ("libhwy", "libxxhash", "tomlplusplus"):
        (folder / "pkgconfig" / f"{package}.pc").write_text(
            f"Name: {package}\nDescription: headers only\nVersion: 1.0\nLibs:\nCflags: -I{folder}/include\n"
        )


def macos(jobs: int) -> None:
    unpack_packages()
    packages = CROSS / "macos-packages"
    macos_packages(packages)
    cache = CROSS / "zig-cache"
    for tool, word in (
        ("cc", "cc -target aarch64-macos"),
        ("c++", "c++ -target aarch64-macos"),
        ("ar", "ar"),
        ("ranlib", "ranlib"),
    ):
        write_executable(
            packages / "bin" / tool,
            f'#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR="{cache}" ZIG_LOCAL_CACHE_DIR="{cache}"\n'
            f'exec "{sys.executable}" -m ziglang {word} "$@"\n',
        )
    # Nothing is run, so nothing is optimized: what is proved is that all of it compiles and links. Warnings of this clang, which is
    # newer than the one that the tests use, are not errors.
    folder = configure(
        "macos",
        f"-DPEAK_PACKAGES={packages}",
        "-DCMAKE_BUILD_TYPE=Release",
        "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DNDEBUG -w",
        "-DPEAK_BUILD_TESTS=OFF",
    )
    build(folder, *(f"peak_{name}" for name in LINKED), jobs=jobs)
    tell_linked(link_program(folder, packages), f"a program of {', '.join(LINKED)}")
    build(folder, "peak_command", jobs=jobs)
    tell_linked(folder / "bin" / "peak", "the command")


# Nothing of others but Highway: the pool of threads with macOS's own calls for cores, the kernels of indicators.
LINKED = ("base", "table", "parallel", "indicators")
PROGRAM = """
#include <cstdio>
#include "peak/indicators/sma.hpp"
#include "peak/parallel/cpu_topology.hpp"
#include "peak/parallel/thread_pool.hpp"
int main() {
  std::vector<double> closes(100, 1.0);
  const peak::Status done = peak::parallel_for(closes.size(), [&](std::size_t i) { closes[i] *= 2; });
  std::printf("%f %d %u", peak::sma(closes, 10).back(), done.ok(), peak::cpu_topology().total_cores);
}
"""


def link_program(folder: Path, packages: Path) -> Path:
    source, made = folder / "numeric.cpp", folder / "numeric"
    source.write_text(PROGRAM)
    objects = [path for name in LINKED for path in (folder / "CMakeFiles" / f"peak_{name}.dir").rglob("*.o")]
    run(packages / "bin" / "c++", "-std=c++20", "-w", f"-I{ROOT / 'include'}", source, *objects, "-o", made)
    return made


def tell_linked(program: Path, what: str) -> None:
    made = program.read_bytes()
    # mach-o/loader.h: MH_MAGIC_64 and CPU_TYPE_ARM64, little-endian.
    if made[:8] != bytes.fromhex("cffaedfe0c000001"):
        raise SystemExit(f"{what}: what was linked is not a 64-bit Mach-O program for Arm")
    print(f"== linked for Apple Silicon: {what}, {len(made):,} bytes; not run", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=("linux", "macos"))
    parser.add_argument(
        "--native", metavar="PEAK", help="a native command of the same sources, to compare results with"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="compilers at a time")
    arguments = parser.parse_args()
    CROSS.mkdir(parents=True, exist_ok=True)
    try:
        if arguments.system == "linux":
            linux(arguments.native, arguments.jobs)
        else:
            macos(arguments.jobs)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"failed with status {error.returncode}: {' '.join(map(str, error.cmd))}") from None


if __name__ == "__main__":
    main()
