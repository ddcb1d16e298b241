// The gallery by mouse and keyboard. Without this file its boxes are ticked one by one.

let anchor = null; // where a range begins

const form = () => document.querySelector("[data-gallery]");
const tiles = () => [...(form()?.querySelectorAll("[data-tile]") ?? [])];

function count() {
  const marked = tiles().filter((tile) => tile.checked).length;
  const words = form().querySelector("[data-count]");
  words.hidden = false;
  words.textContent = marked ? words.dataset.some.replace("%s", marked) : words.dataset.none;
  for (const button of form().querySelectorAll("[data-needs-some]")) button.disabled = !marked;
}

function markAll(checked) {
  for (const tile of tiles()) tile.checked = checked;
  count();
}

/** Mark everything between the anchor and this one, as the anchor is. */
function range(to) {
  const all = tiles();
  const [from, end] = [all.indexOf(anchor ?? to), all.indexOf(to)].sort((one, other) => one - other);
  const checked = anchor?.checked ?? true;
  for (const tile of all.slice(Math.max(from, 0), end + 1)) tile.checked = checked;
  count();
}

/** How many tiles stand in a row, as the page is laid out now. */
function perRow(all) {
  const top = all[0].closest("li").offsetTop;
  const next = all.findIndex((tile) => tile.closest("li").offsetTop !== top);
  return next < 0 ? all.length : next;
}

function move(event, tile) {
  const all = tiles();
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow(all), ArrowUp: -perRow(all) };
  const next = all[all.indexOf(tile) + steps[event.key]];
  event.preventDefault();
  if (!next) return;
  if (event.shiftKey && !anchor) [anchor, tile.checked] = [tile, true];
  next.focus();
  if (event.shiftKey) range(next);
  else anchor = null;
}

document.addEventListener("click", (event) => {
  const label = event.target.closest("label.tile");
  if (!label) return;
  const tile = label.querySelector("[data-tile]");
  if (event.target !== tile && event.shiftKey) event.preventDefault(); // marks below, and no text
  if (event.shiftKey && anchor && anchor !== tile) return setTimeout(() => range(tile));
  if (event.target === tile) anchor = tile;
});
document.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest("label.tile") && event.preventDefault());
document.addEventListener("change", (event) => event.target.matches("[data-tile]") && count());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const tile = event.target.closest?.("[data-tile]");
  if (tile && event.key.startsWith("Arrow")) return move(event, tile);
  if (tile && event.key === "Shift") anchor ??= tile;
  if (!tile && event.target.closest?.("input, select, textarea")) return;
  if (event.key.toLowerCase() === "a" && form()) markAll(true);
  if (event.key === "Escape" && form()) markAll(false);
});

function begin() {
  if (!form()) return;
  anchor = null;
  for (const hidden of form().querySelectorAll("[data-script]")) hidden.hidden = false;
  count();
}

document.addEventListener("htmx:afterSettle", begin);
addEventListener("pageshow", begin);
begin();
