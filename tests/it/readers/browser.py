"""A real browser for tests: takes commands as JSON, one a line, and answers each with {"value": …} or {"error": "…"}."""

import json
import shutil
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.service import Service


def program(*names):
    for name in names:
        if found := shutil.which(name):
            return found
    sys.exit(f"{names[0]} is not installed: `scripts/setup test` installs it")


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
    options.add_experimental_option("prefs", {"intl.accept_languages": "de-DE,de"})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With both programs named, selenium looks for none in the network.
    return webdriver.Chrome(options=options, service=Service(program("chromedriver")))


def requests(browser):
    """Where requests went to."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def until(browser, script):
    """What the script gives once it is true; after 15 s an error."""
    end = time.monotonic() + 15
    while not (value := browser.execute_script(script)):
        if time.monotonic() > end:
            raise TimeoutError(f"never true: {script}; the page has: {browser.page_source}")
        time.sleep(0.02)
    return value


def done(browser, what, value):
    match what:
        case "open":
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


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    browser = started(folder)
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
