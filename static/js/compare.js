// [data-wipe] uncovers B over A from right to left; [data-picks] says how many boxes of a list are marked, and lets
// those of its buttons be pressed for which the number is right. Without a script the first is not shown, and the
// server says what is wrong with a number.

import { say } from "./words.js";

function wipe() {
  const figure = document.querySelector("[data-wipe]");
  if (!figure) return;
  figure.hidden = false;
  const at = figure.querySelector("[data-wipe-at]");
  figure.querySelector("[data-wipe-over]").style.clipPath = `inset(0 0 0 ${at.value}%)`;
  at.setAttribute("aria-valuetext", say("wipe", { percent: at.value }));
}

function picks() {
  const form = document.querySelector("[data-picks]");
  if (!form) return;
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const chosen = boxes.filter((box) => box.checked).length;
  for (const button of form.querySelectorAll("[data-picks-exactly]"))
    button.disabled = chosen !== Number(button.dataset.picksExactly);
  for (const button of form.querySelectorAll("[data-picks-least]"))
    button.disabled = chosen < Number(button.dataset.picksLeast);
  const words = form.querySelector("[data-picks-words]");
  words.dataset.none ??= words.textContent;
  const counted = chosen === 1 ? words.dataset.one : words.dataset.many.replace("%(count)s", chosen);
  words.textContent = chosen ? counted : words.dataset.none;
  const all = form.querySelector("[data-picks-all]");
  if (!all) return;
  all.hidden = boxes.length < 2;
  all.textContent = chosen === boxes.length ? words.dataset.markNone : words.dataset.markAll;
}

function markAll() {
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const some = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = some;
  picks();
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-wipe-at]")) wipe();
  if (event.target.matches("[data-pick]")) picks();
});
document.addEventListener("click", (event) => event.target.closest("[data-picks-all]") && markAll());
document.addEventListener("htmx:afterSettle", picks);
wipe();
picks();
