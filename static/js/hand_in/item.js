// One file on its way: looked at, asked about, sent, followed until its verdict is there. A failure stops no other.

import { refusal } from "./checks.js";
import { digestOf } from "./digest.js";
import { follow, leave } from "./follow.js";
import { enqueue, pause, pauseLeft, withdraw } from "./queue.js";
import { Row } from "./row.js";
import { known, newKey, putInto, send } from "./server.js";
import { say } from "../words.js";
import { chip, day, share } from "./words.js";

const LONGEST_PAUSE = 600; // seconds; a server that asks for more is left in peace until a person tries again
const PATIENCE = 5; // times

export class Item {
  /** `changed` is called after each change, `gone` when its row went. */
  constructor({ name, size, file = null, into = null }, { changed, gone }) {
    Object.assign(this, { name, size, file, into, changed, gone, state: "waiting", upload: null, notes: [], pauses: 0 });
    this.key = newKey(); // kept for each further try
    const acts = ["cancel", "retry", "anyway", "earlier"].map((act) => [act, () => this[act]()]);
    this.row = new Row(name, size, Object.fromEntries(acts));
    this.job = () => this.run();
    if (file) this.row.previewOf(file);
  }

  show(state, words, without) {
    this.state = state;
    this.row.show(state, words, without);
    this.changed(this);
  }

  // Before it is sent ------------------------------------------------------------------------------------------

  start() {
    const [sentence, doubtful] = refusal(this.file) ?? [];
    if (sentence) this.show(doubtful ? "doubtful" : "refused", sentence);
    else this.wait();
  }

  wait(first = false) {
    this.row.progress(0);
    if (pauseLeft()) this.show("paused", say("paused", { seconds: pauseLeft() }));
    else this.show("waiting", say("waiting"));
    enqueue(this.job, { first });
  }

  async run() {
    this.stop = new AbortController();
    try {
      if (!this.sure && (await this.isKnown())) return;
      await this.send();
    } catch (problem) {
      if (this.stop.signal.aborted) this.show("cancelled", say("cancelled"));
      else this.failed(problem);
    }
  }

  /** Whether this person handed the same file in before; where that cannot be found out, it is simply sent. */
  async isKnown() {
    this.row.progress(null);
    this.show("looking", say("looking"));
    const { signal } = this.stop;
    const digest = await digestOf(this.file);
    const [earlier] = digest ? await known({ sha256: [digest] }, signal).catch(() => []) : [];
    signal.throwIfAborted();
    this.row.progress(0);
    if (!earlier) return false;
    this.known = earlier;
    this.row.linkTo(earlier.links.page, "open_earlier");
    this.show("known", say("known", { day: day(earlier.created_at), name: earlier.name }), this.into ? [] : ["earlier"]);
    return true;
  }

  // Sending ----------------------------------------------------------------------------------------------------

  async send() {
    const { signal } = this.stop;
    this.row.part("link").hidden = true;
    this.show("sending", say("sending", { share: share(0) }));
    const onProgress = (part) => {
      this.row.progress(part);
      this.row.part("status").textContent = say("sending", { share: share(part) });
    };
    const onSent = () => {
      this.row.progress(null);
      this.show("sent", say("analysing"));
    };
    const report = await send(this.file, { key: this.key, onProgress, onSent, signal });
    if (report.duplicate_of && !this.known) this.notes.push(say("duplicate"));
    await this.taken({ id: report.id, links: report.links });
    this.told({ status: report.status, label: report.verdict?.label, error: report.error?.detail });
  }

  failed(problem) {
    const { wait } = problem;
    if (wait !== null && wait <= LONGEST_PAUSE && this.pauses < PATIENCE) {
      this.pauses += 1;
      pause(wait);
      this.wait(true);
    } else {
      this.offline = problem.status === 0;
      this.show(problem.final ? "refused" : "error", problem.message);
    }
  }

  /** The server has it: nothing can get lost any more. */
  async taken({ id, links }) {
    this.upload = { id, links };
    this.row.linkTo(links.page);
    if (!this.into) return;
    try {
      await putInto(this.into.id, id);
      this.notes.push(say("in_case", { title: this.into.title }));
      document.dispatchEvent(new Event("hand-in:case"));
    } catch (problem) {
      this.notes.push(say("not_in_case", { why: problem.message }));
    }
  }

  // The verdict ------------------------------------------------------------------------------------------------

  told({ status, label = null, error = null }) {
    this.label = label;
    const notes = this.notes.map((note) => ` ${note}`);
    if (label || status === "done") this.end("done", [chip(label), ...notes]);
    else if (status === "failed") this.end("failed", [chip("failed"), ` ${error ?? ""}`, ...notes]);
    else {
      this.row.progress(null);
      if (this.state !== "analysing") this.show("analysing", [chip("pending"), ...notes]);
      follow(this);
    }
  }

  end(state, words) {
    leave(this);
    this.show(state, words);
    document.dispatchEvent(new Event("hand-in:done"));
  }

  // What a person does -------------------------------------------------------------------------------------------

  cancel() {
    if (["waiting", "paused"].includes(this.state)) {
      withdraw(this.job);
      this.show("cancelled", say("cancelled"));
    } else if (["looking", "sending"].includes(this.state)) this.stop.abort();
    else this.remove();
  }

  retry() {
    this.pauses = 0;
    this.wait();
  }

  anyway() {
    this.sure = true;
    this.wait();
  }

  async earlier() {
    await this.taken(this.known);
    this.told(this.known);
  }

  remove() {
    leave(this);
    const wasLast = this.row.remove();
    this.gone(this, wasLast);
  }
}
