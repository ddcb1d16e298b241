"""A Chromium with the real extension, a page with images on a server of its own, and clicks on the browser's own parts.

No program can answer the browser's question for a permission, so the copy that is loaded was granted the site at its
installation (`host_permissions`); all else is the extension as it is packed.
"""

import functools
import http.server
import json
import re
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, Page, Worker

from tests.programs import ROOT

SOURCE = ROOT / "clients" / "browser" / "src"
FLAGS = [
    "--headless=new",
    "--enable-unsafe-extension-debugging",  # lets the button of the extension be pressed
    "--disable-features=DisableLoadExtensionCommandLineSwitch",
]


def copied(folder: Path, *granted: str) -> Path:
    """The extension with access to these patterns."""
    shutil.copytree(SOURCE, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"host_permissions": list(granted)}))
    return folder


@dataclass
class Extension:
    context: BrowserContext
    worker: Worker
    cdp: CDPSession

    @property
    def id(self) -> str:
        return re.match(r"chrome-extension://(\w+)/", self.worker.url)[1]

    def options(self) -> Page:
        page = self.context.new_page()
        page.goto(f"chrome-extension://{self.id}/options.html")
        page.locator("[data-ready]").wait_for()
        return page

    def save(self, address: str, token: str) -> Page:
        page = self.options()
        page.get_by_label("Address of the site").fill(address)
        page.get_by_label("Token", exact=True).fill(token)
        page.get_by_role("button", name="Save and test").click()
        return page

    def press_the_button(self, page: Page) -> Page:
        """A click on the extension's button in the toolbar, which opens this page to it until it is left."""
        page.bring_to_front()
        targets = self.cdp.send("Target.getTargets", {"filter": [{"type": "tab"}]})["targetInfos"]
        target = next(one["targetId"] for one in targets if one["url"] == page.url)
        with self.context.expect_page() as opened:
            self.cdp.send("Extensions.triggerAction", {"id": self.id, "targetId": target})
        return opened.value

    def read_in(self, page: Page) -> str:
        """What a script of ours that runs in a page learns of what was saved."""
        picker = self.press_the_button(page)
        script = """async () => {
            const func = () => chrome.storage.local.get().then((kept) => JSON.stringify(kept), () => "closed");
            const target = { tabId: Number(location.hash.slice(1)) };
            return (await chrome.scripting.executeScript({ target, func }))[0].result;
        }"""
        return picker.evaluate(script)

    def choose_in_menu(self, page: Page, source: str) -> Page:
        """What the browser tells the extension when "Check this image" is chosen above an image of this page."""
        page.bring_to_front()
        script = """async (source) => {
            const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
            chrome.contextMenus.onClicked.dispatch({ menuItemId: "check", srcUrl: source, frameId: 0 }, tab);
        }"""
        with self.context.expect_page() as opened:
            self.worker.evaluate(script, source)
        return opened.value


def serve(folder: Path) -> http.server.ThreadingHTTPServer:
    """The files of a folder, on loopback."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Below `/moved` everything is elsewhere."""
        if not self.path.startswith("/moved"):
            return super().do_GET()
        self.send_response(302)
        self.send_header("Location", "/index.html")
        self.end_headers()
        return None

    def end_headers(self) -> None:
        """What is asked for with `?open` may be read from anywhere."""
        if self.path.endswith("?open"):
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing: what is asked is no part of a test's output."""
