// A report of the API → what is shown: a person's decision before the machine's verdict, as on the site.

import { percent, say } from "./words.js";

const LABELS = ["authentic", "ai_generated", "manipulated", "inconclusive"];
const NOT_LOW = 0.2; // from here "no sign found" is no all-clear

/** {key: of icon and colour, title, sentences, reasons: in English}. */
export function shown(told) {
  if (!told.verdict) return unanswered(told);
  const { key, title, lead } = told.review ? decided(told) : judged(told.verdict);
  const later = ["queued", "running"].includes(told.ledger) ? [say("deeper")] : [];
  return { key, title, sentences: [...lead, ...later], reasons: told.verdict.reasons ?? [] };
}

function unanswered(told) {
  const failed = told.status === "failed";
  const key = failed ? "failed" : "pending";
  return { key, title: say(key), sentences: [say(`${key}_means`)], reasons: failed ? [told.error?.detail].filter(Boolean) : [] };
}

function decided({ review, verdict }) {
  const key = review.decision === "unsure" ? "inconclusive" : review.decision;
  const known = LABELS.includes(key);
  const lead = [say("machine_said", titleOf(verdict.label))];
  return { key: known ? key : "inconclusive", title: known ? say(`decided_${key}`) : review.decision, lead };
}

function judged(verdict) {
  const key = LABELS.includes(verdict.label) ? verdict.label : "inconclusive";
  const figure = say(key === "inconclusive" ? "no_figure" : "share", percent(verdict.fake_probability));
  return { key, title: titleOf(verdict.label), lead: [figure, say(meaningOf(key, verdict.fake_probability))] };
}

function meaningOf(key, probability) {
  return key === "authentic" && probability >= NOT_LOW ? "authentic_not_low_means" : `${key}_means`;
}

/** A label that a later version of the site brings is told as it is. */
function titleOf(label) {
  return LABELS.includes(label) ? say(label) : String(label);
}
