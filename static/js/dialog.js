// A link to the confirmation page ([data-delete="NAME"]) opens a dialog instead; its form posts to the link's address.

const dialog = document.getElementById("delete-dialog");

function ask(link) {
  dialog.querySelector("form").action = link.href;
  dialog.querySelector("[data-delete-name]").textContent = link.dataset.delete;
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-delete]");
  const plainClick = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  if (link && dialog && plainClick) {
    event.preventDefault();
    ask(link);
  }
  if (event.target.closest("[data-dialog-close]") || event.target === dialog) dialog.close();
});
