// While files are dragged over the page a target as large as the window shows that they may be dropped anywhere.
// Fields for files of other forms stay what they are, and so do pages that take drops themselves.

import { entriesOf } from "./folders.js";
import { announce, caseOfPage } from "./place.js";
import { say } from "../words.js";

const OWN = "input[type=file]:not([data-hand-in]), [data-takes-drop]";
const target = document.querySelector("[data-drop-target]");
const words = target.querySelector("[data-drop-words]");
let ownDrag = false; // a picture of this page: browsers take it for a file

const bringsFiles = (event) => !ownDrag && [...(event.dataTransfer?.types ?? [])].includes("Files");
const isForeign = (event) => Boolean(event.target.closest?.(OWN) || document.querySelector("[data-own-drop]"));

function show() {
  if (!target.hidden) return;
  const into = caseOfPage();
  words.textContent = into ? say("drop_into", { title: into.title }) : say("drop");
  target.hidden = false;
  announce(words.textContent);
}

function hide() {
  target.hidden = true;
}

/** `take` is given what was dropped, as entries of files and folders. */
export function listenForDrops(take) {
  document.addEventListener("dragstart", () => (ownDrag = true));
  document.addEventListener("dragend", () => (ownDrag = false));
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!bringsFiles(event)) return;
      if (isForeign(event)) return hide();
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      show();
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || hide());
  document.addEventListener("pointermove", () => target.hidden || hide()); // there is none during a drag
  document.addEventListener("drop", (event) => {
    hide();
    if (!bringsFiles(event) || isForeign(event)) return;
    event.preventDefault();
    take(entriesOf(event.dataTransfer));
  });
}
