// [data-wipe] uncovers B over A from right to left; [data-picks] lets two rows of the history be chosen, not more.
// Without a script the first is not shown, and the server says what is wrong with another number than two.

function wipe() {
  const figure = document.querySelector("[data-wipe]");
  if (!figure) return;
  figure.hidden = false;
  const at = figure.querySelector("[data-wipe-at]");
  figure.querySelector("[data-wipe-over]").style.clipPath = `inset(0 0 0 ${at.value}%)`;
  at.setAttribute("aria-valuetext", `A on the left ${at.value} percent, B on the rest`);
}

function picks() {
  const form = document.querySelector("[data-picks]");
  if (!form) return;
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const chosen = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.disabled = chosen === 2 && !box.checked;
  form.querySelector("button").disabled = chosen !== 2;
  form.querySelector("[data-picks-words]").textContent =
    chosen === 2 ? "Two uploads chosen." : `${chosen} of two uploads chosen.`;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-wipe-at]")) wipe();
  if (event.target.matches("[data-pick]")) picks();
});
document.addEventListener("htmx:afterSettle", picks);
wipe();
picks();
