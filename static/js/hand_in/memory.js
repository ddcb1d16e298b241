// What the tray held when its page was left, for the next page of this tab: names and addresses, no picture.

import { tray } from "./place.js";

const KEY = "hand-in";
const MOST = 100;

export function remember(items, folded) {
  const taken = items.filter((item) => item.upload).slice(-MOST);
  const kept = taken.map(({ name, size, upload, notes, state }) => ({ name, size, upload, notes, awaited: state === "analysing" }));
  try {
    if (kept.length) sessionStorage.setItem(KEY, JSON.stringify({ person: tray.dataset.person, folded, kept }));
    else sessionStorage.removeItem(KEY);
  } catch {
    // The browser keeps nothing: the tray lasts as long as its page.
  }
}

/** What was kept for this person; another one's is thrown away. */
export function recall() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    if (found?.person === tray.dataset.person) return found;
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing to be had, or nothing that can be read.
  }
  return { folded: false, kept: [] };
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-log-out]")) sessionStorage.removeItem(KEY);
});
