// Verdicts that are awaited: asked for all at once, ever more seldom, and not while nobody looks.

import { known } from "./server.js";

const FIRST = 800; // ms
const LONGEST = 15_000;
const AT_ONCE = 100; // ids of one question
const followed = new Map();
let pause = FIRST;
let timer = null;

export function follow(item) {
  if (followed.has(item.upload.id)) return;
  followed.set(item.upload.id, item);
  soon();
}

export function leave(item) {
  if (item.upload) followed.delete(item.upload.id);
}

function soon() {
  pause = FIRST;
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
}

async function ask() {
  if (!followed.size || document.hidden) return;
  const ids = [...followed.keys()].slice(0, AT_ONCE);
  try {
    const answers = new Map((await known({ ids })).map((one) => [one.id, one]));
    for (const id of ids) tell(id, answers.get(id));
  } catch {
    // The network may be away for a while; the question is asked again.
  }
  pause = Math.min(LONGEST, pause * 1.5);
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
}

function tell(id, answer) {
  const item = followed.get(id);
  if (!item) return; // removed meanwhile
  if (!answer) item.remove(); // deleted elsewhere
  else if (answer.label || !["queued", "running"].includes(answer.status)) {
    pause = FIRST;
    item.told(answer);
  }
}

document.addEventListener("visibilitychange", () => !document.hidden && followed.size && soon());
