// Everything that is said stands in _locales.

export function say(name, ...values) {
  return chrome.i18n.getMessage(name, values.map(String)) || name;
}

export const language = say("language");
const shares = new Intl.NumberFormat(language, { style: "percent" });
const moments = new Intl.RelativeTimeFormat(language);
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Never 0 % or 100 %: a detector is not that sure of anything. */
export function percent(share) {
  const whole = Math.round(share * 100);
  if (whole >= 100) return `> ${shares.format(0.99)}`;
  return whole <= 0 ? `< ${shares.format(0.01)}` : shares.format(whole / 100);
}

/** "in 40 seconds", "in 3 hours": never sooner than it is. */
export function inSeconds(seconds) {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return moments.format(Math.ceil(seconds / length), unit);
}

/** Fill a page: `data-say` is the text of an element, `data-say-placeholder` and `data-say-alt` its attributes. */
export function fill(page = document) {
  page.documentElement.lang = language;
  page.title = say(page.body.dataset.title);
  for (const element of page.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const name of ["placeholder", "alt"])
    for (const element of page.querySelectorAll(`[data-say-${name}]`))
      element.setAttribute(name, say(element.getAttribute(`data-say-${name}`)));
}
