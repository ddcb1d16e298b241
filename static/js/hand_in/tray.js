// All files of this tab: their order, the summary, folding, and the question before the page is left.

import { Item } from "./item.js";
import { recall, remember } from "./memory.js";
import { announce, rows, tray } from "./place.js";
import { known } from "./server.js";
import { say } from "../words.js";

const UNSENT = ["waiting", "paused", "looking", "sending", "sent"];
const FAILED = ["refused", "doubtful", "error", "failed"];
const FINISHED = ["done", "cancelled", ...FAILED];
const items = [];
const home = document.querySelector("[data-tray-home]"); // a page that has a place for it
const fold = tray.querySelector("[data-fold]");
const clear = tray.querySelector("[data-clear]");
const summary = tray.querySelector("[data-summary]");
const note = tray.querySelector("[data-note]");
const skip = document.querySelector("[data-skip-to-tray]");
const hooks = { changed, gone };

/** Hand these files in; `into` is a case or null. `left`: how many files of a folder were left out. */
export function take(files, into, left = 0) {
  note.textContent = left ? say("left_out", { count: left }) : "";
  note.hidden = !left;
  if (left) announce(note.textContent);
  if (!files.length) return changed();
  setFolded(false);
  for (const file of files) add({ name: file.name, size: file.size, file, into }).start();
}

function add(what) {
  const item = new Item(what, hooks);
  items.push(item);
  return item;
}

const count = (...states) => items.filter((item) => states.includes(item.state)).length;

function summaryOf() {
  const parts = [say("done_of", { done: count("done"), all: items.length })];
  for (const [word, states] of [["failed", FAILED], ["known", ["known"]], ["cancelled", ["cancelled"]]]) {
    const found = count(...states);
    if (found) parts.push(say(`count_${word}`, { count: found }));
  }
  return parts.join(", ");
}

function changed() {
  tray.hidden = skip.hidden = !items.length && note.hidden;
  clear.hidden = !count(...FINISHED);
  const words = items.length ? summaryOf() : "";
  if (summary.textContent !== words) {
    summary.textContent = words;
    if (words) announce(words, 1000);
  }
  guard(count(...UNSENT) > 0);
  makeRoom();
  remember(items, rows.hidden);
}

function gone(item, wasLast) {
  items.splice(items.indexOf(item), 1);
  changed();
  if (wasLast) document.getElementById("content").focus();
}

// Folding, and room for it at the end of the page ---------------------------------------------------------------

function setFolded(folded) {
  rows.hidden = folded;
  fold.setAttribute("aria-expanded", String(!folded));
  tray.classList.toggle("folded", folded);
  makeRoom();
}

/** Nothing on the page shall lie behind the tray for good, and nothing that has the focus. */
function makeRoom() {
  const height = home || tray.hidden ? 0 : tray.offsetHeight;
  document.documentElement.style.setProperty("--tray-height", `${height}px`);
}

fold.addEventListener("click", () => {
  setFolded(!rows.hidden);
  remember(items, rows.hidden);
});
clear.addEventListener("click", () => {
  for (const item of items.filter((one) => FINISHED.includes(one.state))) item.remove();
  if (items.length) fold.focus();
  else document.getElementById("content").focus();
});
new ResizeObserver(makeRoom).observe(tray);

// Leaving -------------------------------------------------------------------------------------------------------

const ask = (event) => event.preventDefault();

/** The listener stands only while it is needed: it keeps browsers from holding the page for "Back". */
function guard(on) {
  if (on) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}

/** Once the network is back, what it broke off goes on by itself. */
addEventListener("online", () => {
  for (const item of items.filter((one) => one.state === "error" && one.offline)) item.retry();
});

// Coming from another page ----------------------------------------------------------------------------------------

/** What another page of this tab handed in: where it is still awaited, or where the tray is at home. */
async function restore() {
  const { kept, folded } = recall();
  if (!kept.length || !(home || kept.some((one) => one.awaited))) return;
  const found = await known({ ids: kept.map((one) => one.upload.id) }).catch(() => []);
  const answers = new Map(found.map((one) => [one.id, one]));
  for (const one of kept.filter(({ upload }) => answers.has(upload.id))) {
    const { id, links, ...answer } = answers.get(one.upload.id);
    const item = add(one);
    item.upload = { id, links };
    item.notes = one.notes;
    item.row.pictureFrom(links.thumbnail);
    item.row.linkTo(links.page);
    item.told(answer);
  }
  if (items.length) setFolded(folded && !home);
}

if (home) {
  home.append(tray);
  tray.classList.add("at-home");
}
restore();
