// The bytes of an image: the file itself, never a drawing of it, since a detector reads what a second saving blurs.
//
// First the page that shows it is asked to read it: that takes no permission, and the page sends the cookies that it
// sends anyway. Where it may not (most images of other servers), the extension fetches it without any cookie, once the
// person has allowed that server.

import { has } from "./access.js";
import { grab } from "./in_page.js";
import { Refusal } from "./refusal.js";

const MOST = 40_000_000; // bytes that can be handed from a page to the extension
const OURS = /^(image\/.+|application\/octet-stream|binary\/octet-stream|)$/;

/** @throws {Refusal} `image_access` with the server's `origin` where the person has to be asked. */
export async function fileOf({ source, tab, frame }) {
  const blob = (await fromPage(source, tab, frame)) ?? (await fromServer(source));
  if (!OURS.test(blob.type.split(";")[0])) throw new Refusal("not_an_image"); // a page for logging in, perhaps
  if (blob.size > MOST) throw new Refusal("too_large");
  return new File([blob], nameOf(source, blob.type), { type: blob.type });
}

async function fromPage(source, tab, frame) {
  if (!(tab >= 0)) return null; // a panel or a window of the browser itself
  const target = { tabId: tab, frameIds: [frame] };
  const [answer] = await chrome.scripting.executeScript({ target, func: grab, args: [source, MOST] }).catch(() => []);
  const told = answer?.result ?? {};
  if (told.tooLarge) throw new Refusal("too_large");
  if (told.status) throw new Refusal("image_status", { values: [told.status] });
  return told.data ? (await fetch(told.data)).blob() : null;
}

async function fromServer(source) {
  if (!/^https?:/.test(source)) throw new Refusal("image_gone");
  const { origin, host } = new URL(source);
  if (!(await has(source))) throw new Refusal("image_access", { values: [host], origin });
  const answer = await fetch(source, { credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {
    throw new Refusal("image_unreachable", { values: [host] });
  });
  if (!answer.ok) throw new Refusal("image_status", { values: [answer.status] });
  return answer.blob();
}

/** What the site's history will call it: the last part of the address, which says nothing of the page around it. */
export function nameOf(source, type) {
  const ending = /^image\/(\w+)/.exec(type)?.[1] ?? "bin";
  const path = /^https?:/.test(source) ? new URL(source).pathname : "";
  const last = plain(path.slice(path.lastIndexOf("/") + 1));
  return last || `image.${ending}`;
}

function plain(text) {
  return decoded(text).replace(/[\p{C}/\\]/gu, "").slice(-100);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that means itself
  }
}
