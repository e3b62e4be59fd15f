"""What scripts/setup asks of a machine that is not this one: the package manager is played by a program that only notes
what it was asked for."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = (
    "bash",
    "env",
    "cat",
    "cksum",
    "tr",
    "sed",
    "tail",
    "head",
    "mkdir",
    "dirname",
    "basename",
    "id",
    "awk",
    "grep",
)


@pytest.fixture
def machine(tmp_path):
    """A folder of programs that is all of PATH, and a way to run scripts/setup with it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))
    copy = tmp_path / "peak"
    shutil.copytree(ROOT / "scripts", copy / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    class Machine:
        asked = tmp_path / "asked.txt"

        def add(self, name, text):
            (programs / name).write_text("#!/usr/bin/env bash\n" + text)
            (programs / name).chmod(0o755)

        def setup(self, purpose):
            environment = {"PATH": str(programs), "HOME": str(tmp_path), "PEAK_VENV": str(tmp_path / "venv")}
            return subprocess.run(
                [str(programs / "bash"), str(copy / "scripts" / "setup"), purpose],
                env=environment,
                capture_output=True,
                text=True,
                timeout=600,
            )

    return Machine()


def mac(machine, installed="", status=0):
    machine.add("uname", "echo Darwin\n")
    machine.add(
        "brew",
        f'if [ "$1" = list ]; then printf "%s\\n" {installed}; exit 0; fi\n'
        f'printf "%s\\n" "$*" >>"{machine.asked}"\nexit {status}\n',
    )


def test_a_mac_without_homebrew_is_told_what_to_install(machine):
    machine.add("uname", "echo Darwin\n")
    done = machine.setup("demo")
    assert done.returncode != 0
    assert "Homebrew is needed" in done.stderr
    for package in ("cmake", "ninja", "highway", "libzip", "hiredis"):
        assert package in done.stderr


@pytest.mark.parametrize(
    ("purpose", "wanted", "unwanted"),
    [("demo", ["highway", "tomlplusplus"], ["googletest", "redis"]), ("test", ["highway", "googletest", "llvm"], [])],
)
def test_homebrew_is_asked_for_what_is_missing_only(machine, purpose, wanted, unwanted):
    mac(machine, installed="cmake ninja lz4")
    done = machine.setup(purpose)
    asked = machine.asked.read_text().splitlines()
    assert asked[0].startswith("install ")
    packages = asked[0].split()[1:]
    assert not {"cmake", "ninja", "lz4"} & set(packages)
    assert set(wanted) <= set(packages)
    assert not set(unwanted) & set(packages)
    assert asked[1] == "install python"  # this machine has none
    assert done.returncode != 0  # and the one that is played does not install it
    assert "Python 3.11 or newer is needed" in done.stderr


def test_a_failed_installation_ends_with_its_output(machine):
    mac(machine, status=7)
    done = machine.setup("demo")
    assert done.returncode != 0
    assert "FAILED" in done.stdout
    assert "failed; the whole output is in" in done.stderr


def test_an_unknown_system_is_told_what_is_missing(machine):
    machine.add("uname", "echo Plan9\n")
    done = machine.setup("demo")
    assert done.returncode != 0
    assert "missing: cmake ninja pkg-config python3" in done.stderr
    assert "highway" in done.stderr
    assert "hiredis" in done.stderr
