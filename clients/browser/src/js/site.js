// The API of the site. Whatever goes wrong is a Refusal with a sentence for the person.

import { has } from "./access.js";
import { Refusal } from "./refusal.js";
import { inSeconds } from "./words.js";

const ANSWER_MS = 180_000; // a large picture on a slow line
const WAIT = 20; // seconds for which the site may hold an answer back
const PATIENCE_MS = 120_000; // then the person follows the page of the site
const READS_ONLY = "read";

/** The name of the person whose token it is, if it may do what is asked of it here. */
export async function who(site) {
  const { told } = await ask(site, "me/");
  if (!told.username) throw new Refusal("not_fakedetect", { values: [hostOf(site)] });
  if (told.token?.scope === READS_ONLY) throw new Refusal("token_reads");
  return told.username;
}

/** Hand one file in and wait for its verdict. With the same `key` it is taken in once, however often it is sent. */
export async function check(site, file, key) {
  const body = new FormData();
  body.append("image", file, file.name);
  const headers = { "Idempotency-Key": `"${key}"` };
  const last = Date.now() + PATIENCE_MS;
  let answer = await ask(site, `uploads/?wait=${WAIT}`, { method: "POST", headers, body });
  while (isWaiting(answer.told) && Date.now() < last) {
    await new Promise((done) => setTimeout(done, answer.wait * 1000));
    answer = await ask(site, `uploads/${encodeURIComponent(answer.told.id)}/?wait=${WAIT}`);
  }
  return answer.told;
}

export function isWaiting(told) {
  return told.status === "queued" || told.status === "running";
}

/** The page of a report at the site that was asked, whatever host stands in the answer. */
export function pageOf(site, told) {
  const named = new URL(told.links?.page ?? `uploads/${told.id}/`, site.address);
  return new URL(named.pathname, site.address).href;
}

async function ask(site, path, options = {}) {
  if (!site.address || !site.token) throw new Refusal("no_token");
  if (!(await has(site.address))) throw new Refusal("site_access", { values: [hostOf(site)] });
  const answer = await send(site, path, options);
  const told = await answer.json().catch(() => null);
  if (answer.ok && told && typeof told === "object") return { told, wait: secondsOf(answer) ?? 2 };
  throw refusalOf(site, answer, told?.error);
}

/** Redirects are not followed and no cookie goes along: the token and the image are for this address alone. */
function send(site, path, { headers, ...options }) {
  return fetch(new URL(`api/v1/${path}`, site.address), {
    ...options,
    headers: { Accept: "application/json", Authorization: `Bearer ${site.token}`, ...headers },
    cache: "no-store",
    credentials: "omit",
    redirect: "manual",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(() => {
    throw new Refusal("site_unreachable", { values: [hostOf(site)] });
  });
}

function refusalOf(site, answer, error) {
  const known = { detail: error?.detail ?? "" };
  const named = { ...known, values: [hostOf(site)] };
  if (answer.type === "opaqueredirect") return new Refusal("site_moved", named);
  if (!error?.code) return new Refusal(answer.status >= 500 ? "site_broken" : "not_fakedetect", named);
  if (answer.status === 401) return new Refusal("token_wrong");
  if (answer.status === 403) return new Refusal(error.code === "permission_denied" ? "token_reads" : "refused", known);
  if (answer.status === 413) return new Refusal("too_large", known);
  if (answer.status === 415) return new Refusal("not_an_image", known);
  if (answer.status === 429) return tooMany(secondsOf(answer), known);
  return new Refusal(answer.status >= 500 ? "site_broken" : "refused", named);
}

function tooMany(wait, known) {
  return wait === null ? new Refusal("too_many", known) : new Refusal("too_many_until", { ...known, values: [inSeconds(wait)] });
}

function secondsOf(answer) {
  const text = answer.headers.get("Retry-After") ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}

function hostOf(site) {
  return new URL(site.address).host;
}
