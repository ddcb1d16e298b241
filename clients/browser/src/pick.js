// The images of a page, to choose one: by keyboard, or where the menu of the browser does not reach.

import { imagesHere } from "./js/in_page.js";
import { begin } from "./js/jobs.js";
import { make, told } from "./js/parts.js";
import { nameOf } from "./js/picture.js";
import { Refusal } from "./js/refusal.js";
import { fill, say } from "./js/words.js";

const LEAST = 100; // pixels of an edge: below are buttons and signs
const MOST = 60;
const tab = Number(location.hash.slice(1));
const part = (name) => document.querySelector(`[data-${name}]`);

/** Of every frame that the click on the button opened to the extension. */
async function images() {
  const target = { tabId: tab, allFrames: true };
  const answers = await chrome.scripting.executeScript({ target, func: imagesHere, args: [LEAST, MOST] }).catch(() => {
    throw new Refusal("page_closed");
  });
  return answers.flatMap(({ frameId, result }) => (result ?? []).map((one) => ({ ...one, frame: frameId })));
}

function row(image) {
  const name = image.alt.trim() || nameOf(image.source, "");
  const small = image.small ? [make("img", { src: image.small, alt: "" })] : [make("span", { className: "no-picture" })];
  const size = make("span", { className: "muted", textContent: `${image.width} × ${image.height}` });
  const button = make("button", { type: "button", className: "quiet" }, ...small, make("span", { textContent: name }), size);
  button.addEventListener("click", () => open(image).catch(refuse));
  return make("li", {}, button);
}

async function open({ source, frame }) {
  const id = await begin({ source, tab, frame }).catch(() => "");
  location.assign(`result.html#${id}`);
}

function refuse(refusal) {
  part("status").replaceChildren(...told(refusal));
}

fill();
try {
  const found = await images();
  part("images").replaceChildren(...found.map(row));
  part("status").replaceChildren(make("p", { textContent: found.length ? say("pick_lead") : say("pick_nothing") }));
} catch (refusal) {
  refuse(refusal);
}
