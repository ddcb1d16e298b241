// The upload page: choose, drop or paste; at most three at once; each file its own row, progress, answer or error.

const AT_ONCE = 3;
const POLL_MS = 2000;
const ERRORS = ["failed", "refused", "error"]; // refused: the same file would be refused again
const FINISHED = ["done", "cancelled", ...ERRORS];
const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const rows = document.querySelector("[data-rows]");
const batch = document.querySelector("[data-batch]");
const clear = document.querySelector("[data-batch-clear]");
const waiting = [];
let running = 0;

const find = (row, name) => row.querySelector(`[data-${name}]`);
const stateOf = (row) => row.dataset.state;
const megabytes = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

// Rows ---------------------------------------------------------------------------------------------------------

function makeRow(file) {
  const row = document.getElementById("row-template").content.firstElementChild.cloneNode(true);
  row.querySelectorAll("[data-name]").forEach((place) => (place.textContent = file.name));
  find(row, "size").textContent = megabytes(file.size);
  find(row, "progress").setAttribute("aria-label", `Upload of ${file.name}`);
  showPreview(row, file);
  find(row, "cancel").addEventListener("click", () => cancel(row));
  find(row, "retry").addEventListener("click", () => enqueue(row, file));
  rows.append(row);
  return row;
}

function showPreview(row, file) {
  const preview = find(row, "preview");
  const address = URL.createObjectURL(file);
  preview.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  preview.addEventListener("error", () => preview.removeAttribute("src"), { once: true }); // HEIC, TIFF, no image
  preview.src = address;
}

function show(row, state, words) {
  row.dataset.state = state;
  const status = find(row, "status");
  status.replaceChildren(...(words instanceof Node ? [words] : [document.createTextNode(words)]));
  find(row, "progress").hidden = !["waiting", "sending", "analysing"].includes(state);
  find(row, "retry").hidden = !["error", "cancelled"].includes(state);
  const cancelWords = find(row, "cancel").querySelector(".visually-hidden").firstChild;
  cancelWords.textContent = ["waiting", "sending"].includes(state) ? "Cancel " : "Remove ";
  summarise();
}

function chip(report) {
  const key = report.verdict ? report.verdict.label : report.status === "failed" ? "failed" : "pending";
  return document.getElementById(`chip-${key}`).content.cloneNode(true).firstElementChild;
}

// The queue ----------------------------------------------------------------------------------------------------

function enqueue(row, file) {
  if (file.size > Number(form.dataset.maxBytes)) {
    show(row, "refused", `This file has ${megabytes(file.size)}; the limit is ${form.dataset.maxMegabytes} MB.`);
    return;
  }
  show(row, "waiting", "Waiting");
  waiting.push([row, file]);
  pump();
}

function pump() {
  while (running < AT_ONCE && waiting.length) {
    const [row, file] = waiting.shift();
    running += 1;
    send(row, file).finally(() => {
      running -= 1;
      pump();
    });
  }
}

function cancel(row) {
  const place = waiting.findIndex(([other]) => other === row);
  if (place >= 0) waiting.splice(place, 1);
  if (row.request && stateOf(row) === "sending") row.request.abort();
  else if (stateOf(row) === "waiting") show(row, "cancelled", "Cancelled");
  else remove(row);
}

function remove(row) {
  row.gone = true;
  row.remove();
  input.focus();
  summarise();
}

// Sending ------------------------------------------------------------------------------------------------------

function send(row, file) {
  const body = new FormData();
  body.append("image", file, file.name);
  const request = (row.request = new XMLHttpRequest());
  const done = new Promise((resolve) => request.addEventListener("loadend", resolve));
  request.upload.addEventListener("progress", (event) => progress(row, event));
  request.upload.addEventListener("load", () => show(row, "analysing", "Being analysed"));
  request.addEventListener("load", () => answered(row, request));
  request.addEventListener("error", () => show(row, "error", "The connection broke. Nothing was lost; try again."));
  request.addEventListener("abort", () => show(row, "cancelled", "Cancelled"));
  request.open("POST", form.dataset.api);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  request.responseType = "json";
  show(row, "sending", "Uploading");
  request.send(body);
  return done;
}

function progress(row, event) {
  if (!event.lengthComputable) return;
  const percent = Math.round((100 * event.loaded) / event.total);
  find(row, "progress").value = percent;
  find(row, "status").textContent = `Uploading, ${percent} %`;
}

function answered(row, request) {
  if (request.status === 201) {
    finish(row, request.response);
    return;
  }
  const detail = request.response?.error?.detail;
  const final = [400, 413, 415].includes(request.status);
  show(row, final ? "refused" : "error", detail || `The server answered ${request.status}. Try again in a moment.`);
}

function finish(row, report) {
  const link = find(row, "link");
  link.href = report.links.page;
  link.hidden = false;
  if (["queued", "running"].includes(report.status)) {
    find(row, "progress").removeAttribute("value");
    show(row, "analysing", chip(report));
    setTimeout(() => poll(row, report), POLL_MS);
    return;
  }
  const words = document.createElement("span");
  words.append(chip(report), report.duplicate_of ? " You uploaded this same file before." : "");
  show(row, report.status === "failed" ? "failed" : "done", words);
}

async function poll(row, report) {
  if (row.gone) return;
  try {
    const answer = await fetch(report.links.api, { headers: { Accept: "application/json" } });
    if (answer.ok) finish(row, await answer.json());
    else show(row, "error", "The answer could not be fetched. Open the verdict to see it.");
  } catch {
    setTimeout(() => poll(row, report), 2 * POLL_MS);
  }
}

// The batch ----------------------------------------------------------------------------------------------------

function summarise() {
  const states = [...rows.children].map(stateOf);
  const count = (...names) => states.filter((state) => names.includes(state)).length;
  const parts = [`${count("done")} of ${states.length} analysed`];
  if (count(...ERRORS)) parts.push(`${count(...ERRORS)} with an error`);
  if (count("cancelled")) parts.push(`${count("cancelled")} cancelled`);
  const words = parts.join(" · ");
  const place = document.querySelector("[data-batch-summary]");
  if (place.textContent !== words) place.textContent = words;
  clear.hidden = !count(...FINISHED);
  batch.hidden = !states.length;
}

function take(files) {
  for (const file of files) enqueue(makeRow(file), file);
}

clear.addEventListener("click", () => {
  for (const row of [...rows.children]) {
    if (FINISHED.includes(stateOf(row))) remove(row);
  }
});

// The three ways in --------------------------------------------------------------------------------------------

const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

input.addEventListener("change", () => {
  take([...input.files]);
  input.value = "";
});
document.addEventListener("paste", (event) => take([...event.clipboardData.files]));
document.addEventListener("dragover", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  document.body.classList.remove("dragging");
  take([...event.dataTransfer.files]);
});
form.addEventListener("submit", (event) => event.preventDefault());

for (const element of form.querySelectorAll("[data-with-script]")) element.hidden = false;
for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;
form.classList.add("scripted");
