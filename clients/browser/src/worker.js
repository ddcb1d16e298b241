// Stands behind the menu and the button. It holds nothing: what is to be checked is written down, and a page does it.

import { begin } from "./js/jobs.js";
import { beside } from "./js/tabs.js";

const MENU = "check";

// What runs in pages has no business with the token. Not every browser knows this; none of ours reads it there.
chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });

chrome.runtime.onInstalled.addListener(({ reason }) => {
  chrome.contextMenus.create({ id: MENU, title: chrome.i18n.getMessage("menu"), contexts: ["image"] });
  if (reason === "install") chrome.runtime.openOptionsPage();
});

chrome.contextMenus.onClicked.addListener((click, tab) =>
  begin({ source: click.srcUrl, tab: tab?.id, frame: click.frameId ?? 0 })
    .catch(() => "") // an address that holds a large image does not fit; the page says so
    .then((id) => beside(`result.html#${id}`, tab)),
);

// Images that the menu does not reach, and people who use no mouse.
chrome.action.onClicked.addListener((tab) => beside(`pick.html#${tab.id}`, tab));
