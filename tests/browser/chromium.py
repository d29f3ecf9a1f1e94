"""A headless Chromium that a test steers and watches, over its own debugging protocol (CDP)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
import websocket

from tests import servers
from tests.waiting import wait_until

START_TIMEOUT_S = 60.0
WAIT_S = 120.0
# As root there is no sandbox; the rest keeps Chromium from asking for things outside of this machine.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)


class BrowserError(AssertionError):
    """Something did not happen in time, or a script of the test failed."""


class Page:
    """One tab. `console_errors` collects everything that its console, its scripts and its policy complained of."""

    def __init__(self, address: str, close_url: str) -> None:
        self._socket = websocket.create_connection(address, timeout=WAIT_S)
        self._close_url = close_url
        self._number = 0
        self.console_errors: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; what happens meanwhile is noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        given = message.get("params", {})
        match message["method"]:
            case "Runtime.exceptionThrown":
                details = given["exceptionDetails"]
                self.console_errors.append(details.get("exception", {}).get("description") or details["text"])
            case "Runtime.consoleAPICalled" if given["type"] in {"error", "assert", "warning"}:
                said = [str(each.get("value", each.get("description"))) for each in given["args"]]
                self.console_errors.append(f"console.{given['type']}: {' '.join(said)}")
            case "Log.entryAdded" if given["entry"]["level"] in {"error", "warning"}:
                self.console_errors.append(f"{given['entry']['source']}: {given['entry']['text']}")
            case "Audits.issueAdded" if given["issue"]["code"] == "ContentSecurityPolicyIssue":
                self.console_errors.append(f"policy: {given['issue']['details']}")
            case "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])

    def open(self, url: str) -> None:
        """Open an address and wait until everything of it is loaded."""
        self.command("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        result = self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in result:
            raise BrowserError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, condition: str) -> Any:
        """Return the value of an expression once it is true."""
        try:
            return wait_until(lambda: self.evaluate(condition), WAIT_S)
        except TimeoutError:
            shown = self.evaluate("document.body.innerText")
            raise BrowserError(f"not within {WAIT_S:g} s: {condition}\n{shown[:2000]}") from None

    def click(self, selector: str) -> None:
        """Click the element once it is there."""
        quoted = json.dumps(selector)
        self.wait_for(f"!!document.querySelector({quoted})")
        self.evaluate(f"document.querySelector({quoted}).click()")

    def type(self, selector: str, text: str) -> None:
        """Put text into a field, as keys would."""
        quoted = json.dumps(selector)
        self.wait_for(f"!!document.querySelector({quoted})")
        self.evaluate(f"(e => {{ e.focus(); e.select(); }})(document.querySelector({quoted}))")
        self.command("Input.insertText", text=text)

    def choose_file(self, selector: str, file: Path) -> None:
        """Choose a file in a field, once the field is there."""
        self.wait_for(f"!!document.querySelector({json.dumps(selector)})")
        root = self.command("DOM.getDocument")["root"]["nodeId"]
        node = self.command("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.command("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def set_viewport_and_theme(self, *, width: int, height: int, dark: bool = False) -> None:
        """Take the size of a screen, and the colours that its owner prefers."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, file: Path) -> None:
        """Keep a picture of the whole page."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self.command("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def drain_console(self) -> list[str]:
        """Return the complaints after everything that is under way has been noted."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
        return self.console_errors

    def close(self) -> None:
        """Close the tab: one that stays open goes on drawing."""
        requests.get(self._close_url, timeout=WAIT_S)
        self._socket.close()


@contextlib.contextmanager
def chromium() -> Iterator[Callable[[], Page]]:
    """Run Chromium, the build without windows, until the block ends; yield a function that opens a tab."""
    program = servers.require_command("chromium-headless-shell")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        with log.open("wb") as sink:
            command = [program, *FLAGS, f"--user-data-dir={folder}/profile", "about:blank"]
            process = subprocess.Popen(command, stdout=sink, stderr=sink, start_new_session=True)
        try:
            port = _port(process, log)
            yield lambda: _new_tab(port)
        finally:
            _end(process)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    listening = re.compile(r"DevTools listening on ws://[^:]+:(\d+)/")

    def found() -> re.Match[str] | bool | None:
        return listening.search(log.read_text(errors="replace")) or process.poll() is not None

    with contextlib.suppress(TimeoutError):
        match = wait_until(found, START_TIMEOUT_S)
        if isinstance(match, re.Match):
            return int(match[1])
    raise BrowserError(f"Chromium did not start: {log.read_text(errors='replace')[-2000:]}")


def _new_tab(port: int) -> Page:
    tabs = f"http://127.0.0.1:{port}/json"
    tab = requests.put(f"{tabs}/new?about:blank", timeout=WAIT_S).json()
    return Page(tab["webSocketDebuggerUrl"], f"{tabs}/close/{tab['id']}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(60)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
