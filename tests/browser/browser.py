"""A headless Chromium that opens pages from disk at a width and in a colour scheme, and tells what
they said, what they asked the network for, and what axe-core finds in them."""
import json
import os
import pathlib
import shutil
import socket
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AXE = os.environ.get("AXE") or f"{ROOT}/build/browser/node_modules/axe-core/axe.min.js"
SETTINGS = [(width, scheme) for width in (1280, 400) for scheme in ("light", "dark")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def skip_without_browser():
    """Skips the whole file that calls it, naming what is missing."""
    for name in ("chromium", "chromedriver"):
        if not shutil.which(name):
            pytest.skip(f"{name} is missing", allow_module_level=True)
    try:
        socket.getaddrinfo("localhost", None)
    except OSError:
        pytest.skip("localhost has no address (/etc/hosts is missing)", allow_module_level=True)
    pytest.importorskip("selenium", reason="python3-selenium is missing")


def axe_source():
    if not os.path.exists(AXE):
        pytest.skip("axe-core is missing: npm install --prefix build/browser")
    return pathlib.Path(AXE).read_text(encoding="utf-8")


class Browser:
    def __init__(self):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                         "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(
            service=Service(shutil.which("chromedriver")), options=options)

    def quit(self):
        self.driver.quit()

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def open(self, page, width=1280, scheme="light", script=True):
        """Opens a page anew; its logs begin here."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=False)
        # Motion off: what is scrolled to is there at once.
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not script)
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(pathlib.Path(page).absolute().as_uri())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def texts(self, selector):
        """Texts of all that match, seen or not."""
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)

    def wait(self, script, seconds=30):
        """Until script gives something true; returns that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {script}")

    def said(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked(self):
        """Addresses that were asked for, but for those on disk and inside the page."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                parameters = message["params"]
                found.append(parameters.get("url") or parameters["request"]["url"])
        return [url for url in found if not url.startswith(("file:", "data:", "blob:", "about:"))]

    def axe(self):
        """What axe-core finds: lines of the rule and the element."""
        self.run(axe_source())
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}})"
            ".then(done, e => done({error: String(e)}))", RULES)
        assert "error" not in result, result
        assert len(result["passes"]) > 10
        return [f"{v['id']}: {n['target']} {n['failureSummary']}"
                for v in result["violations"] for n in v["nodes"]]
