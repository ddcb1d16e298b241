// A page of ours opens right of the page that it is about; closed, it leads back there.

export function beside(page, tab) {
  const place = tab?.id >= 0 ? { index: tab.index + 1, openerTabId: tab.id } : {};
  return chrome.tabs.create({ url: chrome.runtime.getURL(page), ...place });
}
