// A report is checked here, in the browser, as detector/signing.py does it: nothing is sent anywhere.
// Where the browser does not know Ed25519 the form stays as it is, and the site checks.

(() => {
  const form = document.querySelector("[data-verify]");
  const input = form.querySelector("input[type=file]");
  const { key, keyId, maxBytes } = form.dataset;
  // What stands at the end of a report, and what the signed bytes end with in its place.
  const KINDS = [
    { start: "%PDF-", tail: /%FakeDetect-Ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)\n$/, end: "" },
    {
      start: "{",
      tail: /,"signature":\{"algorithm":"Ed25519","key_id":"([0-9a-f]{16})","value":"([A-Za-z0-9+/]{86}==)"\}\}$/,
      end: "}",
    },
  ];

  const bytesOf = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const textOf = (bytes) => String.fromCharCode(...bytes);
  const words = (name, values = {}) =>
    document
      .querySelector(`[data-words=${name}]`)
      .content.textContent.replace(/\{(\w+)\}/g, (whole, slot) => values[slot] ?? whole);

  async function check(publicKey, file) {
    if (file.size > Number(maxBytes)) return [false, words("too_large")];
    const data = new Uint8Array(await file.arrayBuffer());
    const kind = KINDS.find(({ start }) => textOf(data.subarray(0, start.length)) === start);
    if (!kind) return [false, words("no_report")];
    const from = Math.max(data.length - 300, 0);
    const found = kind.tail.exec(textOf(data.subarray(from)));
    if (!found) return [false, words("no_signature")];
    const [, theirs, value] = found;
    if (theirs !== keyId) return [false, words("other_key", { theirs, ours: keyId })];
    const signed = new Blob([data.subarray(0, from + found.index), kind.end]);
    const holds = await verified(publicKey, value, await signed.arrayBuffer());
    return [holds, words(holds ? "holds" : "changed", { ours: keyId })];
  }

  // Base64 can write one signature in 16 ways, and only one of them is what was written.
  async function verified(publicKey, value, signed) {
    const signature = atob(value);
    const holds = await crypto.subtle.verify("Ed25519", publicKey, bytesOf(signature), signed);
    return holds && btoa(signature) === value;
  }

  function show(name, [valid, reason]) {
    for (const result of document.querySelectorAll("[data-result]")) {
      result.hidden = (result.dataset.result === "valid") !== valid;
      result.querySelector("[data-file]").textContent = name;
      result.querySelector("[data-reason]").textContent = reason;
    }
  }

  function take(publicKey, files) {
    if (files.length) check(publicKey, files[0]).then((answer) => show(files[0].name, answer));
  }

  function listen(publicKey) {
    for (const element of document.querySelectorAll("[data-local]")) element.hidden = false;
    for (const element of document.querySelectorAll("[data-remote]")) element.hidden = true;
    form.classList.add("scripted");
    form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("change", () => {
      take(publicKey, [...input.files]);
      input.value = "";
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      take(publicKey, [...event.dataTransfer.files]);
    });
  }

  const raw = Uint8Array.from(key.match(/../g), (pair) => parseInt(pair, 16));
  globalThis.crypto?.subtle
    ?.importKey("raw", raw, "Ed25519", false, ["verify"])
    .then(listen, () => {}); // a browser that does not know Ed25519: the form does it
})();
