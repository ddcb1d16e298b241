// What can be refused before a byte is sent, in the server's own words. What a file really is, only the server finds out.

import { tray } from "./place.js";
import { say } from "../words.js";

const endings = new Set(tray.dataset.endings.split(" "));
const isKnownEnding = (name) => endings.has(name.slice(name.lastIndexOf(".")).toLowerCase());

/** Whether it may be an image, by its name and by what the browser takes it for; in doubt it may. */
export function mayBeImage(file) {
  return isKnownEnding(file.name) || !file.type || file.type.startsWith("image/");
}

/** Its name has the ending of an image: what is taken out of a folder, where much else lies about. */
export const isNamedLikeImage = (file) => isKnownEnding(file.name) || file.type.startsWith("image/");

/** `[sentence, whether the person may send it all the same]`, or null where nothing speaks against it. */
export function refusal(file) {
  if (!file.size) return [say("empty"), false];
  if (file.size > Number(tray.dataset.maxBytes)) return [say("too_large"), false];
  return mayBeImage(file) ? null : [say("no_image"), true];
}
