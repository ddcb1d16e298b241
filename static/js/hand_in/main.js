// Pictures are handed in on every page: dropped, pasted or chosen. Without this file the form of the upload page does it.

import { listenForDrops } from "./drop.js";
import { filesOf } from "./folders.js";
import { listenForPastes } from "./paste.js";
import { caseOfPage } from "./place.js";
import { take } from "./tray.js";

const input = document.querySelector("[data-hand-in]");

listenForDrops(async (entries) => {
  const into = caseOfPage();
  const { files, left } = await filesOf(entries);
  take(files, into, left);
});
listenForPastes((files) => take(files, caseOfPage()));

if (input) {
  const form = input.form;
  input.addEventListener("change", () => {
    take([...input.files], caseOfPage());
    input.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const element of form.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;
  form.classList.add("scripted");
}
