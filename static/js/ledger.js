// While checks run htmx fetches the ledger again and again. Nothing is drawn anew unless it says something new:
// rows keep what is open in them, the answer stays as it is until it is revised, and then the page says so.

import { say } from "./words.js";

let kept = [];
let focused = null;
let before = null;

const ledger = () => document.getElementById("ledger");

function isNew(response) {
  return response.includes('id="ledger"') && !response.includes(`data-stamp="${ledger().dataset.stamp}"`);
}

function remember() {
  focused = ledger().contains(document.activeElement) ? document.activeElement : null;
  kept = [...ledger().querySelectorAll("details")];
}

function restore() {
  for (const row of kept) {
    const fresh = document.getElementById(row.id);
    if (fresh?.dataset.stamp === row.dataset.stamp) fresh.replaceWith(row);
    else if (fresh) fresh.open = row.open;
  }
  const row = document.getElementById(focused?.closest("details")?.id);
  (focused?.isConnected ? focused : row?.querySelector("summary"))?.focus({ preventScroll: true });
}

function tellRevision() {
  const answer = document.getElementById("answer");
  if (answer.querySelector("#answer-words").textContent === before || answer.querySelector(".revised")) return;
  answer.closest(".verdict").dataset.outcome = answer.dataset.outcome;
  const notice = document.createElement("p");
  notice.className = "revised";
  notice.textContent = say("ledger_revised", { before });
  answer.querySelector(".answer-title").after(notice);
  const status = document.getElementById("verdict-status");
  status.textContent = say("ledger_status", { status: status.textContent });
}

function lost() {
  const words = document.getElementById("ledger-progress");
  if (!words) return;
  words.textContent = say("ledger_lost");
  ledger().dataset.stamp = "";
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "ledger") return;
  before ??= document.getElementById("answer-words").textContent;
  if (event.detail.shouldSwap && !event.detail.serverResponse.includes('id="ledger"')) lost();
  event.detail.shouldSwap &&= isNew(event.detail.serverResponse);
  if (event.detail.shouldSwap) remember();
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const fresh = fragment.querySelector(`#${target.id}`) ?? fragment;
  const said = (one) => one.dataset.stamp ?? one.textContent;
  if (said(fresh) === said(target)) event.detail.shouldSwap = false;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "ledger") return;
  restore();
  tellRevision();
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => event.detail.target?.id === "ledger" && lost());
}
