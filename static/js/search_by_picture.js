// A picture that is pasted into the search of the history, or dropped on it, is searched for at once. Without this file
// the form beside the field does the same. hand_in/ leaves alone what is pasted into a field or dropped here.

const area = document.querySelector(".search-area");
const form = area.querySelector("[data-picture-search]");
const field = form.querySelector("input[type=file]");

area.dataset.takesDrop = "";

function search(files) {
  const picture = [...files].find((file) => file.type.startsWith("image/"));
  if (!picture) return false;
  const one = new DataTransfer();
  one.items.add(picture);
  field.files = one.files;
  form.requestSubmit();
  return true;
}

const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

area.addEventListener("paste", (event) => {
  if (search(event.clipboardData?.files ?? [])) event.preventDefault();
});
for (const name of ["dragenter", "dragover"]) {
  area.addEventListener(name, (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    area.dataset.over = "";
  });
}
area.addEventListener("dragleave", (event) => {
  if (!area.contains(event.relatedTarget)) delete area.dataset.over;
});
area.addEventListener("drop", (event) => {
  delete area.dataset.over;
  if (!bringsFiles(event)) return;
  event.preventDefault();
  search(event.dataTransfer.files);
});
form.addEventListener("submit", () => {
  form.elements.back.value = location.search.slice(1); // filters that a script changed stand in the address alone
});
