// How dates, shares and sizes are told in the reader's language; what is said stands in the page (../words.js).

const page = document.documentElement.lang || "en";
const dates = new Intl.DateTimeFormat(page, { day: "numeric", month: "long", year: "numeric" });
const shares = new Intl.NumberFormat(page, { style: "percent" });
const sizes = new Intl.NumberFormat(page, { maximumFractionDigits: 1 });

export const day = (iso) => dates.format(new Date(iso));
export const share = (part) => shares.format(part);
export const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${sizes.format(bytes / 1e6)} MB`);

/** The chip of an outcome, as the pages draw it. */
export function chip(outcome) {
  return document.querySelector(`template[data-chip="${outcome}"]`).content.cloneNode(true).firstElementChild;
}
