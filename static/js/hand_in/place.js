// Where things are on this page: the tray, and what the page says of itself.

export const tray = document.querySelector("[data-tray]");
export const rows = tray.querySelector("[data-rows]");

/** The case into which this page puts what is handed in, if any. Asked each time: htmx swaps parts of the page. */
export function caseOfPage() {
  const found = document.querySelector("[data-into-case]");
  return found && { id: found.dataset.intoCase, title: found.dataset.intoCaseTitle };
}

const live = document.querySelector("[data-announce]");
let timer = null;

/** Say something to screen readers, once things have come to rest. */
export function announce(words, after = 0) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (live.textContent !== words) live.textContent = words;
  }, after);
}
