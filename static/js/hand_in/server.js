// The API, as the tray uses it. Whatever goes wrong is a Refusal with a sentence for the person.

import { tray } from "./place.js";
import { csrfCookie } from "../csrf.js";
import { say } from "../words.js";

const FINAL = [400, 413, 415]; // the same file would be refused again
const BUSY = [409, 429, 503]; // 409: an earlier try of the same file is still being taken in

export class Refusal extends Error {
  /** `status` 0: the server was not reached. `wait`: seconds that it asks for, or null. */
  constructor(sentence, status = 0, wait = null) {
    super(sentence);
    Object.assign(this, { status, wait: BUSY.includes(status) ? wait : null, final: FINAL.includes(status) });
  }
}

/** Named anew after a log-in in another tab, so it is read each time. */
function token() {
  return csrfCookie() ?? document.querySelector("[name=csrfmiddlewaretoken]").value;
}

function refusalOf(status, body, retryAfter) {
  const wait = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  const signedOut = status === 401 || (status === 403 && ["not_authenticated", "permission_denied"].includes(body?.error?.code));
  return new Refusal(signedOut ? say("signed_out") : body?.error?.detail || say("answered", { status }), status, wait);
}

/** A name for the act of handing in one file. (`randomUUID` is not there without https.) */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send one file; the promise is of its report. With the same `key` it is taken in once, however often it is sent. */
export function send(file, { key, onProgress, onSent, signal }) {
  const request = new XMLHttpRequest(); // fetch tells nothing of how far an upload is
  const body = new FormData();
  body.append("image", file, file.name);
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.upload.addEventListener("load", onSent);
    request.addEventListener("load", () => {
      if (request.status === 201 && request.response) resolve(request.response);
      else reject(refusalOf(request.status, request.response, request.getResponseHeader("Retry-After")));
    });
    request.addEventListener("error", () => reject(new Refusal(say("offline"))));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", tray.dataset.api);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.send(body);
  });
}

/** Which of these digests and ids are uploads of this person. */
export async function known(question, signal) {
  return (await post(tray.dataset.apiKnown, question, signal)).uploads;
}

export function putInto(caseId, uploadId) {
  return post(tray.dataset.apiItems.replace("00000000-0000-0000-0000-000000000000", caseId), { uploads: [uploadId] });
}

async function post(address, body, signal) {
  const headers = { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": token() };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal }).catch(() => {
    throw signal?.aborted ? signal.reason : new Refusal(say("offline"), 0);
  });
  const told = await answer.json().catch(() => null);
  if (!answer.ok || !told) throw refusalOf(answer.status, told, answer.headers.get("Retry-After"));
  return told;
}
