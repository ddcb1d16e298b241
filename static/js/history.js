// The history by keyboard and mouse: j and k move from row to row, x marks, Enter opens, / searches; Shift marks all
// between. Without this file the links and boxes do the same. What stands on a button ([data-key]) desk.js presses.

const OFF = "history-keys-off";
const MOVES = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 };
const dialog = document.getElementById("history-keys");
const keysSwitch = dialog.querySelector("[data-keys-switch]");
let anchor = null; // the box where a range begins

const rows = () => [...document.querySelectorAll("[data-row]")];
const boxOf = (row) => row.querySelector("[data-pick]");
const here = () => rows().findIndex((row) => row.matches(".current"));

function stored() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // a browser that keeps nothing: keys are on
  }
}

function useKeys(on) {
  document.documentElement.toggleAttribute("data-keys-off", !on);
  keysSwitch.checked = on;
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // it holds until the page is left
  }
}

/** The row is where focus is, so that a screen reader says it and Enter follows its link. */
function stand(row) {
  for (const other of document.querySelectorAll("[data-row].current")) other.classList.remove("current");
  row.classList.add("current");
  row.querySelector("[data-open]").focus();
}

function move(step) {
  const all = rows();
  const next = all[here() < 0 ? 0 : here() + step];
  if (next) stand(next);
}

/** How far up and down go: a row of the gallery, one of the table. */
function step(key) {
  const all = rows();
  const across = document.querySelector(".gallery") && (key === "ArrowDown" || key === "ArrowUp");
  if (!across) return MOVES[key];
  const beside = all.findIndex((row) => row.offsetTop !== all[0].offsetTop);
  return MOVES[key] * (beside < 0 ? all.length : beside);
}

function mark(box, checked) {
  if (box.checked === checked) return;
  box.checked = checked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Everything between the anchor and this one becomes what this one is. */
function range(to) {
  const boxes = rows().map(boxOf);
  const ends = [boxes.indexOf(anchor), boxes.indexOf(to)];
  if (ends[0] < 0) return;
  for (const box of boxes.slice(Math.min(...ends), Math.max(...ends) + 1)) mark(box, to.checked);
}

function toggle(event) {
  const row = rows()[here()];
  if (!row) return;
  event.preventDefault();
  const box = boxOf(row);
  mark(box, !box.checked);
  if (event.shiftKey) range(box);
  anchor = box;
}

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = event.target.closest?.("input:not([type=checkbox]), textarea, select, summary");
  if (field || document.querySelector("dialog[open]") || document.documentElement.hasAttribute("data-keys-off")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "x") return toggle(event);
  if (key === "/") {
    event.preventDefault();
    return document.querySelector("[data-search]").select();
  }
  if (!(key in MOVES) || (key.startsWith("Arrow") && here() < 0)) return; // until one stands somewhere arrows scroll
  event.preventDefault();
  move(step(key));
}

document.addEventListener("keydown", press);
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  for (const other of document.querySelectorAll("[data-row].current")) other.classList.toggle("current", other === row);
});
document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-pick]")) return;
  if (event.shiftKey && anchor) range(event.target);
  anchor = event.target;
});
document.addEventListener("htmx:afterSettle", () => (anchor = null));
keysSwitch.addEventListener("change", () => useKeys(keysSwitch.checked));
useKeys(!stored());
