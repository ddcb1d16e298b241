// [data-copy] puts its value on the clipboard and says so. Without a clipboard the buttons stay hidden.

function reveal() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

async function copy(button) {
  const words = button.querySelector("[data-copy-words]");
  const before = words.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = words.dataset.copied;
  } catch {
    words.textContent = words.dataset.refused;
  }
  words.setAttribute("role", "status");
  setTimeout(() => (words.textContent = before), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
document.addEventListener("htmx:afterSettle", reveal);
reveal();
