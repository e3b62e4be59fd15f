"""Chromium without a driver: started headless and spoken to over two pipes in its DevTools protocol."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers often have little of it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--remote-debugging-pipe",
)
# Seconds: as long as the slowest machine may need.
PATIENCE = 300


@functools.cache
def running_chromium() -> str | None:
    """The first browser that starts: Ubuntu's package without its snap is a script that only says what is missing."""
    candidates = [os.environ.get("PEAK_CHROMIUM"), *map(shutil.which, NAMES), *MACOS]
    for candidate in candidates:
        if candidate and pathlib.Path(candidate).is_file():
            asked = subprocess.run([candidate, "--version"], capture_output=True, timeout=PATIENCE, check=False)
            if asked.returncode == 0:
                return candidate
    return None


def find_chromium() -> str:
    """The browser's path. Without one tests are skipped; in continuous integration they fail."""
    if (browser := running_chromium()) is not None:
        return browser
    message = (
        "no Chromium that starts: run scripts/setup test, or install it (Debian: apt-get install chromium) or "
        "Google Chrome, or set PEAK_CHROMIUM"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


class Page:
    """One tab. Everything that the page wrote to the console, threw or asked of the network is kept."""

    def __init__(self, width: int = 1400, height: int = 1000) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._profile = tempfile.TemporaryDirectory(prefix="peak-chromium-", ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # The browser reads commands from descriptor 3 and answers on 4.
        script = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        words = [find_chromium(), *FLAGS, f"--window-size={width},{height}", f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, *words, "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._last_id = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.resize(width, height)

    def close(self) -> None:
        os.close(self._write)  # the browser ends when its pipe does
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        self._profile.cleanup()

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Calls a method of the protocol and waits for its result."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(PATIENCE)
            if answer.get("id") == self._last_id:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]  # type: ignore[no-any-return]

    def _receive(self, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            assert ready, "Chromium does not answer"
            data = os.read(self._read, 1 << 20)
            assert data, "Chromium ended"
            self._buffer += data
        text, self._buffer = self._buffer.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded":
            self.problems.append(parameters["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(f"dialog: {parameters['message']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method is not None:
            self._events.append(message)

    def open(self, path: pathlib.Path) -> None:
        """Opens a file and waits until it is loaded and the page says that it is drawn."""
        self._events.clear()
        self.send("Page.navigate", url=path.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._receive(PATIENCE)
        self.settle()

    def settle(self) -> None:
        """Waits for two frames, after which what was asked of the page is drawn."""
        self.run("await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, body: str) -> Any:  # noqa: ANN401
        """The value that the body of an async function returns in the page."""
        expression = f"(async () => {{ {body} }})()"
        done = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, json.dumps(done["exceptionDetails"])
        return done["result"].get("value")

    def resize(self, width: int, height: int, mobile: bool = False) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def prefer(self, scheme: str) -> None:
        """Light or dark, as the reader's system would ask for."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            text = key if len(key) == 1 and kind == "keyDown" else ""
            self.send("Input.dispatchKeyEvent", type=kind, key=key, text=text)
        self.settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Presses the left button at one place and lets it go at another."""
        self.mouse("mouseMoved", start)
        self.mouse("mousePressed", start)
        for step in (0.3, 0.6, 1.0):
            place = (start[0] + (end[0] - start[0]) * step, start[1] + (end[1] - start[1]) * step)
            self.mouse("mouseMoved", place, buttons=1)
        self.mouse("mouseReleased", end)
        self.settle()

    def mouse(self, kind: str, place: tuple[float, float], buttons: int = 0) -> None:
        button = "left" if kind != "mouseMoved" or buttons else "none"
        self.send(
            "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button=button, buttons=buttons, clickCount=1
        )
