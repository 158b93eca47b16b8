"""A real browser for tests: takes commands as JSON, one a line, and answers each with {"value": …} or {"error": "…"}."""

import base64
import importlib.util
import io
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from pypdf import PdfReader
from selenium import webdriver
from selenium.common.exceptions import SessionNotCreatedException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys


# Seconds that anything may take: far more than it does on a busy machine.
LIMIT = 60

# Chromium sometimes ends while it starts, where many programs do.
STARTS = 3


def program(*names):
    for name in names:
        if found := shutil.which(name):
            return found
    sys.exit(f"{names[0]} is not installed: `scripts/setup test` installs it")


class Failed(Exception):
    """The browser did not start."""


def started(folder):
    options = webdriver.ChromeOptions()
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    options.binary_location = program("chromium", "chromium-browser", "google-chrome", mac)
    for flag in [
        "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", "disable-dev-shm-usage", f"user-data-dir={folder}", "lang=de",
        "window-size=1280,720", "force-prefers-reduced-motion",
        # A name of somebody else that leads to this machine.
        "host-resolver-rules=MAP rebound.example 127.0.0.1",
    ]:
        options.add_argument(f"--{flag}")
    downloads = {"download.default_directory": str(Path(folder, "downloads")), "download.prompt_for_download": False}
    options.add_experimental_option("prefs", {"intl.accept_languages": "de-DE,de", **downloads})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With both programs named, selenium looks for none in the network.
    log = Path(folder, "chromedriver.log")
    service = Service(program("chromedriver"), service_args=["--verbose"], log_output=str(log))
    try:
        browser = webdriver.Chrome(options=options, service=service)
    except SessionNotCreatedException as error:
        # What Chromium said last tells why it ended.
        raise Failed(log.read_text(encoding="utf-8", errors="replace")[-4000:]) from error
    browser.set_script_timeout(LIMIT)
    return browser


def requests(browser):
    """Where requests went to."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def until(browser, script):
    """What the script gives once it is true."""
    end = time.monotonic() + LIMIT
    while not (value := browser.execute_script(script)):
        if time.monotonic() > end:
            raise TimeoutError(f"never true: {script}; the page has: {browser.page_source}")
        time.sleep(0.02)
    return value


def downloaded(folder):
    """The text of the file that was downloaded last, and its name; it is gone afterwards."""
    end = time.monotonic() + LIMIT
    while True:
        # Chromium reserves the name with an empty file, and moves what it has downloaded there.
        files = [file for file in folder.glob("*")
                 if not file.name.endswith((".crdownload", ".tmp")) and file.stat().st_size > 0]
        if files:
            found = max(files, key=lambda file: file.stat().st_mtime)
            text = found.read_text(encoding="utf-8")
            found.unlink()
            return [found.name, text]
        if time.monotonic() > end:
            raise TimeoutError("nothing was downloaded")
        time.sleep(0.02)


def inaccessible(browser):
    """What axe-core finds wrong with the page, a line each."""
    [package] = importlib.util.find_spec("axe_playwright_python").submodule_search_locations
    browser.execute_script(Path(package, "axe.min.js").read_text(encoding="utf-8"))
    # It looks for nothing but what is in the page. One rule that is off by default: what is spoken is what is shown.
    found = browser.execute_script(
        "return axe.run({preload: false, rules: {'label-content-name-mismatch': {enabled: true}}})")
    assert len(found["passes"]) > 10, found
    unclear = [rule for rule in found["incomplete"] if rule["id"] == "label-content-name-mismatch"]
    return [f"{rule['id']}: {node['html']}: {node['failureSummary']}"
            for rule in found["violations"] + unclear for node in rule["nodes"]]


def text_of_pdf(pdf, file):
    """The text of each page; the file is for looking at."""
    content = base64.b64decode(pdf)
    Path(file).write_bytes(content)
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def done(browser, what, value):
    match what:
        case "open":
            # Sometimes chromedriver waits for ever for an answer whether unsaved work may be left.
            browser.execute_script(
                "addEventListener('beforeunload', event => event.stopImmediatePropagation(), true)")
            browser.get(value)
        case "window":
            browser.switch_to.new_window("window")
            browser.get(value)
        case "switch":
            browser.switch_to.window(browser.window_handles[value])
        case "script":
            return browser.execute_script(value)
        case "until":
            return until(browser, value)
        case "keys":
            ActionChains(browser).send_keys(value).perform()
        case "press":
            # Keys held together, by name or as they are: ["CONTROL", "f"].
            chain = ActionChains(browser)
            keys = [getattr(Keys, key, key) for key in value]
            for key in keys[:-1]:
                chain.key_down(key)
            chain.send_keys(keys[-1])
            for key in reversed(keys[:-1]):
                chain.key_up(key)
            chain.perform()
        case "click" | "double click":
            # At a point of the window.
            chain = ActionChains(browser)
            chain.w3c_actions.pointer_action.move_to_location(*map(round, value))
            chain.w3c_actions.pointer_action.click() if what == "click" else chain.w3c_actions.pointer_action.double_click()
            chain.perform()
        case "choose":
            # The file that a field for files is to have.
            [selector, file] = value
            browser.find_element("css selector", selector).send_keys(file)
        case "downloaded":
            return downloaded(browser.downloads)
        case "print":
            return text_of_pdf(browser.print_page(), value)
        case "size":
            browser.set_window_size(*value)
        case "dark":
            feature = {"name": "prefers-color-scheme", "value": "dark" if value else "light"}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        case "accessible":
            return inaccessible(browser)
        case "before":
            # Runs in each page before its own scripts.
            browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": value})
        case "language":
            agent = browser.execute_script("return navigator.userAgent")
            browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": value})
        case "picture":
            browser.save_screenshot(value)
        case "transparent":
            # As OBS does: what the page leaves free stays free in the picture.
            free = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}
            browser.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", free)
        case "log":
            return [entry["message"] for entry in browser.get_log("browser")]
        case "requests":
            return list(requests(browser))
        case _:
            raise ValueError(what)


def started_at_last(folder):
    for attempt in range(STARTS):
        # Each has a profile of its own: one that broke off may have left a broken one.
        profile = Path(folder, str(attempt))
        profile.mkdir()
        try:
            browser = started(profile)
        except Failed as error:
            print(f"start {attempt + 1} of {STARTS}: {error}", file=sys.stderr, flush=True)
            continue
        browser.downloads = Path(profile, "downloads")
        return browser
    sys.exit("Chromium does not start")


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    browser = started_at_last(folder)
    try:
        for line in sys.stdin:
            [(what, value)] = json.loads(line).items()
            try:
                answer = {"value": done(browser, what, value)}
            except Exception as error:  # The test says what was wanted.
                answer = {"error": f"{what}: {error}"}
            print(json.dumps(answer), flush=True)
    finally:
        browser.quit()
