// The page of one check: it fetches the image, hands it in, and shows what the site answers.

import * as access from "./js/access.js";
import { jobOf } from "./js/jobs.js";
import { icon, list, make, told } from "./js/parts.js";
import { fileOf } from "./js/picture.js";
import { Refusal } from "./js/refusal.js";
import * as settings from "./js/settings.js";
import { check, pageOf } from "./js/site.js";
import { shown } from "./js/verdict.js";
import { fill, say } from "./js/words.js";

const AT_THE_OPTIONS = ["no_token", "token_wrong", "token_reads", "site_access", "site_moved", "not_fakedetect"];
const WORTHLESS = ["over", "image_access", "image_gone", "not_an_image", "too_large"]; // to be tried again
const part = (name) => document.querySelector(`[data-${name}]`);
const id = location.hash.slice(1);
let file = null; // fetched once, however often it is sent

async function run() {
  clear();
  try {
    const job = await jobOf(id);
    if (!job) throw new Refusal("over");
    const site = await settings.read();
    if (!site.address || !site.token) throw new Refusal("no_token"); // before anything is fetched
    step("fetching");
    file ??= await fileOf(job);
    picture();
    step("analysing");
    answer(site, await check(site, file, id));
  } catch (refusal) {
    refuse(refusal);
  }
}

function clear() {
  for (const name of ["acts", "allow", "again", "options", "answer"]) part(name).hidden = true;
  document.body.className = "";
  head(say("result_title"));
}

function head(title, ...before) {
  part("heading").replaceChildren(...before, title);
  document.title = `${title} – FakeDetect`;
}

function step(name) {
  part("status").replaceChildren(make("p", { className: "busy", textContent: say(name) }));
}

function picture() {
  if (!part("figure").hidden) return;
  part("picture").src = URL.createObjectURL(file);
  part("name").textContent = file.name;
  part("figure").hidden = false;
}

function answer(site, report) {
  const { key, title, sentences, reasons } = shown(report);
  document.body.className = `is-${key}`;
  head(title, icon(key));
  part("status").replaceChildren(make("p", { className: "unseen", textContent: `${say("answered")} ${title}` }));
  part("sentences").replaceChildren(...sentences.map((text) => make("p", { textContent: text })));
  part("reasons").replaceChildren(...(reasons.length ? [list(reasons)] : []));
  part("why").hidden = !reasons.length;
  part("report").href = pageOf(site, report);
  part("answer").hidden = false;
}

function refuse(refusal) {
  head(say("not_checked"));
  part("status").replaceChildren(...told(refusal));
  part("allow").hidden = refusal.name !== "image_access";
  part("allow").dataset.origin = refusal.origin ?? "";
  part("options").hidden = !AT_THE_OPTIONS.includes(refusal.name);
  part("again").hidden = WORTHLESS.includes(refusal.name);
  part("acts").hidden = false;
}

/** The button goes away under the finger: the focus shall not fall to the top of the page. */
function again() {
  part("heading").focus();
  return run();
}

/** Nothing is awaited before the browser's own question: it must follow the click. */
async function allow() {
  const { origin } = part("allow").dataset;
  if (await access.request(origin)) await again();
  else refuse(new Refusal("image_access", { values: [new URL(origin).host], origin }));
}

fill();
part("allow").addEventListener("click", allow);
part("again").addEventListener("click", again);
part("options").addEventListener("click", () => chrome.runtime.openOptionsPage());
await run();
