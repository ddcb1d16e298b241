// The picture with its overlays: zoom and pan, side by side, blink. Without this file it is a picture under a heat-map.
// One view (scale and place, as fractions of a pane) moves every pane, so that panes stay in step at any size.

import { say } from "./words.js";

const MAX_SCALE = 16;
const BLINK_MS = 800; // well below three flashes a second
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const KEYS = {
  "+": "in", "=": "in", "-": "out", 0: "fit", s: "side", b: "blink", o: "overlay", "?": "keys",
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
};
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

class Viewer {
  constructor(figure) {
    this.figure = figure;
    this.view = { scale: 1, x: 0, y: 0 };
    this.mode = "over";
    this.strength = { over: 0.7, side: 1, blink: 1 };
    this.stage = this.part("data-stage");
    this.panes = [this.part("data-pane")];
    this.heat = figure.querySelector(".heat")?.getAttribute("src");
    this.chosen = this.heat ? "heat" : "";
    this.acts = {
      in: () => this.zoom(1.5), out: () => this.zoom(1 / 1.5), fit: () => this.zoom(0),
      left: () => this.move(0.1, 0), right: () => this.move(-0.1, 0),
      up: () => this.move(0, 0.1), down: () => this.move(0, -0.1),
      side: () => this.turn("side"), blink: () => this.turn("blink"),
      overlay: () => this.toggle(), keys: () => this.part("data-keys").showModal(),
    };
    this.reveal();
    this.listen();
    this.offer();
    this.draw();
  }

  part(name) {
    return this.figure.querySelector(`[${name}]`);
  }

  reveal() {
    for (const hidden of this.figure.querySelectorAll("[data-script]")) hidden.hidden = false;
    this.part("data-overlay-label").textContent = say("viewer_overlay");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", say("viewer_stage"));
  }

  listen() {
    this.figure.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) this.acts[act]();
    });
    this.figure.addEventListener("keydown", (event) => this.press(event));
    this.figure.addEventListener("input", (event) => this.input(event.target));
    this.stage.addEventListener("dblclick", (event) => this.zoom(this.view.scale > 1 ? 0 : 2.5, this.place(event)));
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("dragstart", (event) => event.preventDefault());
    this.stage.addEventListener("pointerdown", (event) => event.pointerType !== "touch" && this.drag(event));
    for (const name of ["touchstart", "touchmove"]) {
      this.stage.addEventListener(name, (event) => this.touch(event), { passive: false });
    }
  }

  press(event) {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const field = event.target.closest("select, input, dialog");
    const still = event.key.startsWith("Arrow") && this.view.scale === 1;
    if (!act || field || still || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((act === "side" || act === "blink" || act === "overlay") && !this.overlays().length) return;
    event.preventDefault();
    this.acts[act]();
  }

  input(field) {
    if (field.matches("[data-overlay-choice]")) this.choose(field.value);
    if (field.matches("[data-overlay-strength]")) this.strength[this.mode] = field.value / 100;
    this.draw();
  }

  // Zoom and pan

  /** Where a point of the screen lies in its pane, 0 to 1 each way. */
  place(point) {
    const boxes = this.panes.map((pane) => pane.getBoundingClientRect());
    const box = boxes.find((one) => point.clientX <= one.right && point.clientY <= one.bottom) ?? boxes[0];
    const x = clamp((point.clientX - box.left) / box.width, 0, 1);
    return { x, y: clamp((point.clientY - box.top) / box.height, 0, 1) };
  }

  /** Zoom by a factor about a place (fractions of a pane); 0 shows the whole picture. */
  zoom(factor, about = { x: 0.5, y: 0.5 }) {
    const { scale, x, y } = this.view;
    const next = clamp(scale * factor, 1, MAX_SCALE);
    this.view.scale = next;
    this.lay(about.x - ((about.x - x) * next) / scale, about.y - ((about.y - y) * next) / scale);
    this.tell("viewer_zoom", { percent: Math.round(next * 100) });
  }

  move(right, down) {
    this.lay(this.view.x + right, this.view.y + down);
  }

  lay(x, y) {
    this.view.x = clamp(x, 1 - this.view.scale, 0);
    this.view.y = clamp(y, 1 - this.view.scale, 0);
    this.drawView();
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls the page, as everywhere
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 250), this.place(event));
  }

  drag(start) {
    if (this.view.scale === 1 || start.button) return;
    const box = this.panes[0].getBoundingClientRect();
    let last = start;
    const go = (event) => {
      this.move((event.clientX - last.clientX) / box.width, (event.clientY - last.clientY) / box.height);
      last = event;
    };
    this.stage.setPointerCapture(start.pointerId);
    this.stage.addEventListener("pointermove", go);
    const stop = () => this.stage.removeEventListener("pointermove", go);
    this.stage.addEventListener("lostpointercapture", stop, { once: true });
  }

  /** Two fingers pinch; one moves an enlarged picture, and scrolls the page over a whole one. */
  touch(event) {
    const points = [...event.touches];
    const mean = (name) => points.reduce((sum, point) => sum + point[name], 0) / points.length;
    const middle = { clientX: mean("clientX"), clientY: mean("clientY") };
    const [one, other = one] = points;
    const apart = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const last = event.type === "touchmove" && this.touched?.count === points.length ? this.touched : null;
    this.touched = { count: points.length, apart, ...middle };
    if (points.length === 1 && this.view.scale === 1) return;
    if (event.cancelable && (event.type === "touchmove" || points.length > 1)) event.preventDefault();
    if (!last) return;
    const box = this.panes[0].getBoundingClientRect();
    this.move((middle.clientX - last.clientX) / box.width, (middle.clientY - last.clientY) / box.height);
    if (last.apart) this.zoom(apart / last.apart, this.place(middle));
  }

  // Overlays and modes

  overlays() {
    const heat = { key: "heat", src: this.heat, name: say("viewer_heat"), words: "" };
    const rows = [...document.querySelectorAll("[data-overlay]")].map((row) => ({
      key: row.dataset.overlay, src: row.dataset.overlaySrc, name: row.dataset.overlayName,
      words: row.dataset.overlayWords, apart: "overlayApart" in row.dataset,
    }));
    return this.heat ? [heat, ...rows] : rows;
  }

  overlay() {
    return this.overlays().find((one) => one.key === this.chosen);
  }

  /** List what can be laid over the picture, as the ledger stands now. */
  offer() {
    const all = this.overlays();
    const select = this.part("data-overlay-choice");
    for (const button of document.querySelectorAll("[data-overlay][hidden]")) button.hidden = false;
    this.part("data-overlay-controls").hidden = this.part("data-comparing").hidden = !all.length;
    if (select.options.length === all.length && all.every((one, at) => one.key === select.options[at].value)) return;
    select.replaceChildren(...all.map((one) => new Option(one.name, one.key)));
    if (!this.overlay()) this.chosen = all[0]?.key ?? "";
    select.value = this.chosen;
  }

  choose(key) {
    this.chosen = this.part("data-overlay-choice").value = key;
    this.part("data-overlay-toggle").checked = true;
    const apart = this.overlay()?.apart;
    if (apart && this.mode !== "side") this.turn("side");
    this.draw();
  }

  toggle() {
    const box = this.part("data-overlay-toggle");
    box.checked = !box.checked;
    this.draw();
    this.tell(box.checked ? "viewer_shown" : "viewer_hidden", this.overlay());
  }

  turn(mode) {
    if (mode === "blink" && calm.matches) return this.toggle(); // by hand: one press, one change
    if (mode === "blink" && this.overlay()?.apart) return this.tell("viewer_no_map");
    this.mode = this.mode === mode ? "over" : mode;
    this.part("data-overlay-toggle").checked = true;
    this.draw();
    this.tell(`viewer_${this.mode}`);
  }

  tell(name, values) {
    this.part("data-told").textContent = say(name, values);
  }

  // Drawing

  draw() {
    const side = this.mode === "side";
    if (side && this.panes.length === 1) this.split();
    if (!side && this.panes.length === 2) this.panes.pop().remove();
    this.stage.classList.toggle("two", side);
    this.panes.forEach((pane, at) => this.dress(pane, side === (at === 1)));
    for (const button of this.figure.querySelectorAll("[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.act === this.mode));
    }
    this.part("data-overlay-strength").value = this.strength[this.mode] * 100;
    this.part("data-overlay-strength").disabled = !this.part("data-overlay-toggle").checked;
    this.caption();
    this.drawView();
    clearInterval(this.blinking);
    if (this.mode === "blink") this.blinking = setInterval(() => this.blink(), BLINK_MS);
  }

  blink() {
    if (!this.figure.isConnected) return clearInterval(this.blinking);
    this.part("data-pane").classList.toggle("bare");
  }

  split() {
    const copy = this.panes[0].cloneNode(true);
    copy.querySelector("img").alt = "";
    this.stage.append(copy);
    this.panes.push(copy);
  }

  /** Give a pane its overlay, or take it away. */
  dress(pane, wanted) {
    const overlay = this.overlay();
    const layer = pane.firstElementChild;
    const image = layer.querySelector(".heat") ?? layer.appendChild(Object.assign(new Image(), { className: "heat" }));
    const fits = this.mode === "side" || !overlay?.apart;
    const shown = wanted && overlay && fits && this.part("data-overlay-toggle").checked;
    pane.classList.remove("bare");
    image.hidden = !shown;
    layer.classList.toggle("apart", Boolean(shown && overlay.apart));
    if (!shown) return;
    if (image.getAttribute("src") !== overlay.src) image.src = overlay.src;
    image.alt = say("viewer_layer", overlay);
    image.style.opacity = overlay.apart ? 1 : this.strength[this.mode];
  }

  caption() {
    const shown = this.part("data-overlay-toggle").checked && this.overlay();
    const legend = this.part("data-heat-legend");
    if (legend) legend.hidden = shown?.key !== "heat";
    const words = this.part("data-overlay-words");
    words.hidden = !shown?.words;
    words.textContent = shown ? `${shown.name}: ${shown.words}` : "";
  }

  drawView() {
    const { scale, x, y } = this.view;
    for (const pane of this.panes) {
      const layer = pane.firstElementChild;
      layer.style.transform = scale === 1 ? "" : `translate(${x * 100}%, ${y * 100}%) scale(${scale})`;
      const photo = layer.querySelector("img");
      const full = this.figure.dataset.full;
      if (scale > 2 && full && photo.getAttribute("src") !== full) photo.src = full; // the preview has no more to give
      layer.classList.toggle("magnified", scale * photo.clientWidth > 2 * photo.naturalWidth);
    }
    this.stage.classList.toggle("zoomed", scale > 1);
    this.part("data-zoom").textContent = `${Math.round(scale * 100)} %`;
  }
}

let viewer = null;

function begin() {
  const figure = document.querySelector("[data-viewer]");
  if (figure && viewer?.figure !== figure) viewer = new Viewer(figure);
  viewer?.offer();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-overlay]");
  if (!button || !viewer) return;
  viewer.choose(button.dataset.overlay);
  viewer.stage.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  viewer.stage.focus({ preventScroll: true });
});
document.addEventListener("htmx:afterSettle", begin);
begin();
