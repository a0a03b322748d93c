/** The reading on this page: its slices, what they show, and the edits that were made. */

import * as api from "./api.js";
import { Labels } from "./labels.js";
import { expected } from "./expected.js";
import { Saved } from "./saved.js";

/** Events that undo can take back. */
const LASTING = new Set(["grade", "remark", "tick", "undo", "redo"]);

/**
 * Tells with events: `slice` (another is on screen), `view` (a slice shows something else),
 * `state` (undo, status, grade), `encoded`, `said` (a sentence for the reader), `conflict`.
 */
export class Reading extends EventTarget {
  static async open(id) {
    const reading = new Reading(await api.openSession(id));
    // Edits that wait in this browser go on waiting until the reading can be edited again.
    reading.left = reading.readOnly ? 0 : await reading.saved.open();
    return reading;
  }

  constructor(opened) {
    super();
    this.id = opened.session;
    this.saved = new Saved(
      opened.session,
      opened.last,
      (after, events, keepalive) => api.sendEvents(opened.session, after, events, keepalive),
      async () => (await api.me()).reader !== null,
    );
    this.saved.addEventListener("answer", ({ detail }) => this.answered(detail));
    this.saved.addEventListener("refused", ({ detail }) => this.refused(detail));
    this.saved.addEventListener("conflict", ({ detail }) => this.tell("conflict", detail));
    this.take(opened);
    this.place = Math.floor(this.slices.length / 2);
  }

  take(opened) {
    this.opened = opened;
    this.slices = opened.slices;
    this.stored = new Map();
    this.shown = new Map();
    this.requested = new Set();
    this.encoded = new Set(opened.encoded);
    Object.assign(this, { status: opened.status, grade: opened.grade, remark: opened.remark || "" });
    Object.assign(this, { canUndo: opened.can_undo, canRedo: opened.can_redo });
    for (const view of opened.views) this.stored.set(view.index, this.read(view));
  }

  /** After a conflict: what the server has. */
  async reload() {
    this.take(await api.openSession(this.id));
    this.saved.last = Math.max(this.saved.last, this.opened.last);
    for (const one of this.slices) this.tell("view", one.index);
    this.tell("state");
  }

  /** Why the reading is only shown, or null. */
  get readOnly() {
    return this.opened.read_only;
  }

  get slice() {
    return this.slices[this.place];
  }

  get index() {
    return this.slice.index;
  }

  about(index) {
    return this.slices.find((one) => one.index === index);
  }

  go(place) {
    const next = Math.min(this.slices.length - 1, Math.max(0, place));
    if (next === this.place) return;
    this.place = next;
    this.want(this.index);
    this.tell("slice");
  }

  goTo(index) {
    this.go(this.slices.findIndex((one) => one.index === index));
  }

  /** What slice `index` shows, or null until the server has answered. */
  view(index) {
    if (this.shown.has(index)) return this.shown.get(index);
    const stored = this.stored.get(index);
    if (!stored) return null;
    const mine = this.saved.pending.filter((event) => event.slice === index);
    const view = mine.reduce(expected, stored);
    this.shown.set(index, view);
    return view;
  }

  /** Ask for what a slice shows, once. */
  async want(index) {
    if (this.requested.has(index) || this.stored.has(index)) return;
    this.requested.add(index);
    try {
      this.stored.set(index, this.read(await api.slice(this.id, index)));
      this.changed(index);
    } catch (error) {
      this.say(error.message);
      this.requested.delete(index);
    }
  }

  read(view) {
    const { rows, cols } = this.about(view.index);
    return {
      index: view.index,
      labels: Labels.fromRuns(rows, cols, view.runs),
      boxes: view.boxes,
      points: view.points,
      madeBy: view.made_by,
      accepted: view.accepted,
      away: view.away,
    };
  }

  /** Do something: shown at once where it can be predicted, and on its way to the server. */
  edit(event) {
    if (this.readOnly) return this.say("This reading is only shown; begin a new one to edit.");
    if (event.slice !== undefined) {
      const view = this.view(event.slice);
      if (!view) return;
      this.saved.add(event);
      this.shown.set(event.slice, expected(view, event));
      this.tell("view", event.slice);
    } else {
      this.saved.add(event);
    }
    if (event.kind === "accept-study") this.status = "accepted";
    else if (this.status === "new") this.status = "begun";
    if (event.slice !== undefined && event.kind !== "accept") this.status = "begun";
    if (event.kind === "grade") this.grade = event.grade;
    if (event.kind === "remark") this.remark = event.text;
    if (!LASTING.has(event.kind)) [this.canUndo, this.canRedo] = [true, false];
    this.tell("state");
  }

  /** The same for the slice on screen. */
  editHere(kind, fields = {}) {
    this.edit({ kind, slice: this.index, ...fields });
  }

  answered({ answer, batch }) {
    for (const view of answer.changed) this.stored.set(view.index, this.read(view));
    if (!this.saved.items.length) {
      Object.assign(this, { status: answer.status });
      Object.assign(this, { canUndo: answer.can_undo, canRedo: answer.can_redo });
    }
    const mine = batch.map(({ event }) => event.slice).filter((index) => index !== undefined);
    const indices = new Set([...answer.changed.map((view) => view.index), ...mine]);
    for (const index of indices) this.changed(index);
    const stepped = batch.some(({ event }) => event.kind === "undo" || event.kind === "redo");
    if (stepped && answer.changed.length === 1) this.goTo(answer.changed[0].index);
    this.tell("state");
    this.tell("answered", batch);
  }

  refused({ item, message }) {
    this.say(message);
    if (item.event.slice !== undefined) this.changed(item.event.slice);
  }

  changed(index) {
    this.shown.delete(index);
    this.tell("view", index);
  }

  /** Request now and then which slices the network has predicted, until it is all of them. */
  async watchEncoding() {
    while (this.encoded.size < this.slices.length) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      try {
        const { encoded } = await api.encoded(this.id);
        this.encoded = new Set(encoded);
      } catch {
        continue;
      }
      this.tell("encoded");
    }
    await Promise.all(this.slices.map(({ index }) => this.want(index)));
    this.tell("encoded");
  }

  say(sentence) {
    this.tell("said", sentence);
  }

  tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
