// What is seen of one file. What happens to it is in item.js.

import { rows } from "./place.js";
import { say } from "../words.js";
import { size } from "./words.js";

const CANCELLABLE = ["waiting", "looking", "sending", "paused"];
const MOVING = [...CANCELLABLE, "sent", "analysing"];
const OFFERED = {
  known: ["anyway", "earlier"], // the earlier one goes into a case
  doubtful: ["anyway"],
  error: ["retry"],
  cancelled: ["retry"],
};

export class Row {
  /** `acts`: what its buttons do, by name. */
  constructor(name, bytes, acts) {
    this.element = document.querySelector("template[data-file-row]").content.firstElementChild.cloneNode(true);
    for (const place of this.element.querySelectorAll("[data-name]")) place.textContent = name;
    this.part("size").textContent = bytes ? size(bytes) : "";
    this.part("progress").setAttribute("aria-label", say("progress_of", { name }));
    for (const [act, does] of Object.entries(acts)) this.part(act).addEventListener("click", does);
    rows.append(this.element);
  }

  part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  /** The picture at once, from the file itself. */
  previewOf(file) {
    const address = URL.createObjectURL(file);
    const preview = this.part("preview");
    for (const end of ["load", "error"]) preview.addEventListener(end, () => URL.revokeObjectURL(address), { once: true });
    preview.addEventListener("error", () => preview.removeAttribute("src"), { once: true }); // HEIC, TIFF, no image
    preview.src = address;
  }

  pictureFrom(address) {
    this.part("preview").src = address;
  }

  /** `without`: buttons that this state offers as a rule, and not here. */
  show(state, words, without = []) {
    const held = this.element.contains(document.activeElement);
    this.element.dataset.state = state;
    this.part("status").replaceChildren(...[words].flat());
    this.part("progress").hidden = !MOVING.includes(state);
    const offered = (OFFERED[state] ?? []).filter((act) => !without.includes(act));
    for (const act of ["retry", "anyway", "earlier"]) this.part(act).hidden = !offered.includes(act);
    this.part("cancel").hidden = state === "sent"; // the server has it, and is at it
    this.part("cancel-word").textContent = say(CANCELLABLE.includes(state) ? "cancel" : "remove");
    if (held) this.keepFocus();
  }

  /** A button that goes with its state leaves the focus in its row. */
  keepFocus() {
    if (this.element.contains(document.activeElement) && !document.activeElement.hidden) return;
    (this.part("cancel").hidden ? this.element : this.part("cancel")).focus();
  }

  progress(part) {
    if (part === null) this.part("progress").removeAttribute("value");
    else this.part("progress").value = Math.round(100 * part);
  }

  linkTo(address, word = "open") {
    const link = this.part("link");
    link.href = address;
    this.part("link-word").textContent = say(word);
    link.hidden = false;
  }

  /** Gone, and the focus is not lost with it. */
  remove() {
    const near = this.element.nextElementSibling ?? this.element.previousElementSibling;
    const held = this.element.contains(document.activeElement);
    this.element.remove();
    if (held) near?.querySelector("[data-cancel]").focus();
    return held && !near;
  }
}
