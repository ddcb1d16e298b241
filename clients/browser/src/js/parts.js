// The few things that pages are built of. Text goes in as text: nothing from outside becomes markup.

import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export function list(texts, properties) {
  return make("ul", properties, ...texts.map((text) => make("li", { textContent: text })));
}

/** The sign of an outcome; the word stands beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `icons/signs.svg#${name}`);
  svg.append(use);
  return svg;
}

/** What went wrong, and below it what the site says of it, in its own language. */
export function told(refusal) {
  const sentence = make("p", { className: "refusal", textContent: sentenceOf(refusal) });
  if (!refusal.detail) return [sentence];
  return [sentence, make("p", { className: "muted" }, `${say("site_says")} `, make("q", { lang: "en", textContent: refusal.detail }))];
}

function sentenceOf({ name, values }) {
  return values ? say(name, ...values) : say("unforeseen");
}
