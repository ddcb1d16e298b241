// Files out of what was dropped; folders are walked.

import { isNamedLikeImage } from "./checks.js";

const MOST = 1_000; // files of one drop
const HIDDEN = /^\.|^Thumbs\.db$|^desktop\.ini$/;

/** Must be called while the event lasts: afterwards the browser has forgotten what was dropped. */
export function entriesOf(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  return items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
}

/** `{files, left}`: all files, and how many of a folder were left because they are not named like images. */
export async function filesOf(entries) {
  const found = { files: [], left: 0 };
  for (const entry of entries) await walk(entry, found, false);
  return found;
}

async function walk(entry, found, inFolder) {
  if (found.files.length >= MOST) found.left += 1;
  else if (entry instanceof File) found.files.push(entry);
  else if (entry.isDirectory) {
    for (const child of await childrenOf(entry)) await walk(child, found, true);
  } else if (!inFolder || !HIDDEN.test(entry.name)) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file && (!inFolder || isNamedLikeImage(file))) found.files.push(file);
    else found.left += 1;
  }
}

/** A browser gives them in portions of a hundred. */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return all;
    all.push(...some);
  }
}
