// The site and its token. They stay in this browser, not synchronised; worker.js closes them to what runs in pages.

import { Refusal } from "./refusal.js";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export async function read() {
  const { address = "", token = "" } = await chrome.storage.local.get(["address", "token"]);
  return { address, token };
}

export function write(settings) {
  return chrome.storage.local.set(settings);
}

export function forget() {
  return chrome.storage.local.clear();
}

/** The address as it is asked: with a scheme, with a slash at its end, without what a site never needs. */
export function addressOf(text) {
  const typed = text.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) throw new Refusal("bad_address");
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}

/** Whether others on the way could read the token. */
export function isOpen(address) {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !LOOPBACK.test(hostname);
}

/** A token goes to the site that it was given for: with another address it must be typed anew. */
export function tokenFor(address, typed, before) {
  const token = typed.trim() || (before.address === address ? before.token : "");
  if (!token) throw new Refusal("no_token");
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Refusal("token_wrong"); // no header could carry it
  return token;
}
