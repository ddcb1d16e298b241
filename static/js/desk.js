// The desk and the history by keyboard: a key presses the button that names it. Without this file the buttons do the same.

const desk = document.querySelector("[data-desk]");
const keysDialog = document.querySelector("dialog[data-page-keys]");
const VIEWER_KEYS = new Set(["o", "s", "b", "+", "=", "-", "0"]);
const SETTLED_MS = 300;
let busy = false;

/** A key decides only once the picture is to be seen: one that was hit twice must not decide the next image too. */
async function arm() {
  await desk.querySelector(".picture-layer img")?.decode().catch(() => {}); // one that is broken can be decided too
  await new Promise((done) => setTimeout(done, SETTLED_MS));
  desk.dataset.ready = "";
}

function inField(target) {
  return Boolean(target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select"));
}

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches?.("textarea")) return event.target.blur();
  if (inField(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((desk && !desk.hasAttribute("data-with-keys")) || document.documentElement.hasAttribute("data-keys-off")) return;
  if (key === "c") return focusNote(event);
  if (VIEWER_KEYS.has(key) && !event.target.closest?.("[data-viewer]")) return passOn(event);
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  if (event.repeat || busy || (button.matches(".choice") && !("ready" in desk.dataset))) return;
  button.click();
}

function focusNote(event) {
  const note = document.querySelector("[data-note]");
  if (!note) return;
  event.preventDefault();
  note.focus();
}

/** The viewer listens on its own figure; here its keys work from anywhere. */
function passOn(event) {
  const figure = document.querySelector("[data-viewer]");
  figure?.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, cancelable: true }));
}

function countDown(bar) {
  const left = bar.querySelector("[data-left]");
  const end = performance.now() + Number(bar.dataset.seconds) * 1000;
  const tick = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) return bar.remove();
    left.textContent = left.dataset.left.replace("%s", seconds);
    setTimeout(tick, 500);
  };
  tick();
}

document.addEventListener("keydown", press);
document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || event.target.matches("[data-stays]")) return; // the page stays, or may
  if (busy) event.preventDefault();
  busy = true;
});
addEventListener("pageshow", () => (busy = false)); // also when the browser's Back brings this page out of its memory
for (const button of document.querySelectorAll("[data-show-keys]")) {
  button.hidden = false;
  button.addEventListener("click", () => keysDialog.showModal());
}
document.querySelectorAll("[data-undo]").forEach(countDown);
if (desk) arm();
