"""Firefox for tests: the same commands and answers as browser.py, through WebDriver BiDi, which Firefox speaks itself."""

import base64
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import websocket
from selenium.webdriver.common.keys import Keys

# Seconds that anything may take: far more than it does on a busy machine.
LIMIT = 60

PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.always_ask_before_handling_new_types": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_beforeunload": True,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "ui.prefersReducedMotion": 1,
}


class Firefox:
    def __init__(self, folder, language):
        mac = "/Applications/Firefox.app/Contents/MacOS/firefox"
        program = shutil.which("firefox-esr") or shutil.which("firefox") or shutil.which(mac)
        if not program:
            sys.exit("firefox is not installed: `scripts/setup test` installs it")
        self.downloads = Path(folder, "downloads")
        self.downloads.mkdir()
        preferences = {**PREFERENCES, "browser.download.dir": str(self.downloads), "intl.accept_languages": language}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        Path(folder, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [program, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        # It takes the home folder for its own, also with a profile elsewhere.
        log = Path(folder, "stderr.txt")
        with log.open("wb") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors,
                                            env={**os.environ, "HOME": folder, "MOZ_HEADLESS_WIDTH": "1280", "MOZ_HEADLESS_HEIGHT": "720"})
        end = time.monotonic() + LIMIT
        while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)\n", log.read_text(encoding="utf-8", errors="replace"))):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                sys.exit(f"Firefox does not start: {log.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.02)
        self.socket = websocket.create_connection(f"{found[1]}/session", timeout=LIMIT, suppress_origin=True)
        self.count, self.entries, self.asked = 0, [], []
        self.call("session.new", {"capabilities": {}})
        self.call("session.subscribe", {"events": ["log.entryAdded", "network.beforeRequestSent"]})
        self.context = self.call("browsingContext.getTree", {})["contexts"][0]["context"]

    def call(self, method, parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv())
            if told.get("id") == self.count:
                if told["type"] == "error":
                    raise RuntimeError(f"{told['error']}: {told['message']}")
                return told["result"]
            self.heard(told)

    def heard(self, told):
        if told.get("method") == "log.entryAdded" and told["params"]["level"] in ("error", "warn"):
            self.entries.append(told["params"]["text"])
        if told.get("method") == "network.beforeRequestSent":
            self.asked.append(told["params"]["request"]["url"])

    def script(self, text):
        wrapped = f"(async () => JSON.stringify(await (async function () {{ {text} }})()) ?? 'null')()"
        told = self.call("script.evaluate", {"expression": wrapped, "target": {"context": self.context}, "awaitPromise": True})
        if told["type"] == "exception":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def until(self, text):
        end = time.monotonic() + LIMIT
        while True:
            try:
                if value := self.script(text):
                    return value
            except RuntimeError:
                # The page is just being replaced.
                if time.monotonic() > end:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {text}; the page has: {self.script('return document.documentElement.outerHTML')}")
            time.sleep(0.02)

    def act(self, kind, actions):
        source = {"type": kind, "id": kind, "actions": actions}
        self.call("input.performActions", {"context": self.context, "actions": [source]})

    def press(self, keys):
        self.act("key", [{"type": "keyDown", "value": key} for key in keys] + [{"type": "keyUp", "value": key} for key in reversed(keys)])

    def click(self, place, count):
        x, y = map(round, place)
        once = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.act("pointer", [{"type": "pointerMove", "x": x, "y": y}] + once * count)

    def choose(self, selector, file):
        told = self.call("script.evaluate", {"expression": f"document.querySelector({json.dumps(selector)})",
                                             "target": {"context": self.context}, "awaitPromise": False})
        self.call("input.setFiles", {"context": self.context, "element": {"sharedId": told["result"]["sharedId"]}, "files": [file]})

    def picture(self, file):
        told = self.call("browsingContext.captureScreenshot", {"context": self.context})
        Path(file).write_bytes(base64.b64decode(told["data"]))

    def downloaded(self):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            files = [file for file in self.downloads.glob("*") if file.suffix != ".part" and file.stat().st_size > 0]
            if files and not list(self.downloads.glob("*.part")):
                text = files[0].read_text(encoding="utf-8")
                files[0].unlink()
                return [files[0].name, text]
            time.sleep(0.02)
        raise TimeoutError("nothing was downloaded")

    def inaccessible(self):
        [package] = importlib.util.find_spec("axe_playwright_python").submodule_search_locations
        # As text of the page's own it would be against the page's rules; the debugger's are others.
        self.call("script.evaluate", {"expression": Path(package, "axe.min.js").read_text(encoding="utf-8"),
                                      "target": {"context": self.context}, "awaitPromise": False})
        found = self.script("const found = await axe.run({preload: false}); "
                            "return {passes: found.passes.length, violations: found.violations.map(rule => [rule.id, rule.nodes.map(node => node.html)])}")
        assert found["passes"] > 10, found
        return [f"{rule}: {node}" for rule, nodes in found["violations"] for node in nodes]

    def end(self):
        self.call("browser.close", {})
        self.process.wait(LIMIT)


def done(firefox, what, value):
    match what:
        case "open":
            firefox.call("browsingContext.navigate", {"context": firefox.context, "url": value, "wait": "complete"})
        case "script":
            return firefox.script(value)
        case "until":
            return firefox.until(value)
        case "keys":
            for key in value:
                firefox.press([key])
        case "press":
            firefox.press([getattr(Keys, key, key) for key in value])
        case "click" | "double click":
            firefox.click(value, 1 if what == "click" else 2)
        case "choose":
            firefox.choose(*value)
        case "downloaded":
            return firefox.downloaded()
        case "accessible":
            return firefox.inaccessible()
        case "picture":
            firefox.picture(value)
        case "log":
            return firefox.entries
        case "requests":
            return firefox.asked
        case _:
            raise ValueError(what)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    firefox = Firefox(folder, sys.argv[1])
    try:
        for line in sys.stdin:
            [(what, value)] = json.loads(line).items()
            try:
                answer = {"value": done(firefox, what, value)}
            except Exception as error:  # The test says what was wanted.
                answer = {"error": f"{what}: {error}"}
            print(json.dumps(answer), flush=True)
    finally:
        firefox.end()
