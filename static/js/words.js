// What scripts say stands in the page, in the reader's language: <template data-say="…">, with {slots}.

export function say(name, values = {}) {
  const text = document.querySelector(`template[data-say="${name}"]`).content.textContent.trim();
  return text.replace(/\{(\w+)\}/g, (whole, slot) => values[slot] ?? whole);
}
