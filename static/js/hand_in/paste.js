// A picture from the clipboard, on any page; what is pasted into a field is the field's.

import { tray } from "./place.js";

const FIELD = "input:not([type=file], [type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

/** `take` is given the files. */
export function listenForPastes(take) {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.target.closest?.(FIELD)) return;
    event.preventDefault();
    take(files.map(named));
  });
}

/** Browsers call every screenshot image.png: the moment tells them apart. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".");
  return new File([file], `${tray.dataset.pasted} ${date} ${time}${file.name.slice(5)}`, { type: file.type });
}
