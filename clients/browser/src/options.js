// The page of the options: which site, with which token, and does it answer?

import * as access from "./js/access.js";
import { make, told } from "./js/parts.js";
import { Refusal } from "./js/refusal.js";
import * as settings from "./js/settings.js";
import { who } from "./js/site.js";
import { fill, say } from "./js/words.js";

const [form, status, servers] = ["form", "status", "servers"].map((name) => document.querySelector(`[data-${name}]`));
const { address: addressField, token: tokenField } = form.elements;
let before = { address: "", token: "" };

function answer(...parts) {
  status.replaceChildren(...parts);
}

/** Nothing is awaited before the browser's own question: it must follow the click. */
function save(event) {
  event.preventDefault();
  try {
    const address = settings.addressOf(addressField.value);
    const token = settings.tokenFor(address, tokenField.value, before);
    keep({ address, token }, access.request(address)).catch(refuse);
  } catch (error) {
    refuse(error);
  }
}

async function keep(site, question) {
  answer(make("p", { textContent: say("testing") }));
  if (!(await question)) throw new Refusal("site_not_allowed", { values: [new URL(site.address).host] });
  if (before.address && access.patternOf(before.address) !== access.patternOf(site.address))
    await access.giveBack([access.patternOf(before.address)]);
  await settings.write(site);
  await show();
  const name = await who(site);
  answer(make("p", { className: "good", textContent: say("works", new URL(site.address).host, name) }));
}

function refuse(refusal) {
  answer(...told(refusal));
  const field = { bad_address: addressField, no_token: tokenField, token_wrong: tokenField }[refusal.name];
  for (const one of [addressField, tokenField]) one.toggleAttribute("aria-invalid", false);
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

async function forget() {
  await settings.forget();
  await access.giveBack(await access.granted());
  form.reset();
  await show();
  answer(make("p", { textContent: say("forgotten") }));
}

/** The servers of images that were allowed; the site's own access belongs to the settings. */
async function others() {
  const own = before.address && access.patternOf(before.address);
  return (await access.granted()).filter((pattern) => pattern !== own);
}

async function giveBack() {
  await access.giveBack(await others());
  await show();
  answer(make("p", { textContent: say("given_back") }));
}

async function show() {
  before = await settings.read();
  addressField.value = before.address || addressField.value;
  tokenField.value = "";
  tokenField.placeholder = before.token ? say("token_kept") : "fd_…";
  for (const one of [addressField, tokenField]) one.removeAttribute("aria-invalid");
  const patterns = await others();
  servers.hidden = !patterns.length;
  servers.querySelector("[data-list]").replaceChildren(...patterns.map((one) => make("li", { textContent: one })));
  warn();
}

/** Said while it is typed: over plain HTTP others on the way read along. */
function warn() {
  let open = false;
  try {
    open = settings.isOpen(settings.addressOf(addressField.value));
  } catch {
    // not an address yet
  }
  form.querySelector("[data-open]").hidden = !open;
}

fill();
form.addEventListener("submit", save);
addressField.addEventListener("input", warn);
form.querySelector("[data-forget]").addEventListener("click", () => forget().catch(refuse));
servers.querySelector("[data-give-back]").addEventListener("click", () => giveBack().catch(refuse));
await show();
document.body.dataset.ready = "";
