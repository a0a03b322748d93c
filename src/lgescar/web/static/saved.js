/**
 * Edits on their way to the server. Each is written to IndexedDB before it is sent and removed
 * only once the server says that it is on its disc; what a killed tab left behind is sent again,
 * under the same ids, when the reading is opened next.
 */

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const MOST_AT_ONCE = 200;

function wanted(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The browser's own store of unacknowledged events; does nothing where it is forbidden. */
class Shelf {
  static async open() {
    const shelf = new Shelf();
    try {
      const request = indexedDB.open("lgescar-reader", 1);
      request.onupgradeneeded = () => {
        const events = request.result.createObjectStore("events", { autoIncrement: true });
        events.createIndex("session", "session");
        request.result.createObjectStore("lasts");
      };
      shelf.database = await wanted(request);
    } catch {
      shelf.database = null;
    }
    return shelf;
  }

  async waiting(session) {
    if (!this.database) return { last: null, waiting: [] };
    const read = this.database.transaction(["events", "lasts"]);
    const all = read.objectStore("events").index("session").getAll(session);
    const last = read.objectStore("lasts").get(session);
    const [waiting, known] = await Promise.all([wanted(all), wanted(last)]);
    return { last: known ?? null, waiting: waiting.map((one) => one.item) };
  }

  put(session, last, item) {
    if (!this.database) return Promise.resolve();
    const write = this.database.transaction(["events", "lasts"], "readwrite");
    write.objectStore("lasts").put(last, session);
    return wanted(write.objectStore("events").add({ session, item }));
  }

  /** Forget those ids of a session, and remember its last number. */
  drop(session, last, ids) {
    if (!this.database) return;
    const write = this.database.transaction(["events", "lasts"], "readwrite");
    write.objectStore("lasts").put(last, session);
    const cursor = write.objectStore("events").index("session").openCursor(session);
    cursor.onsuccess = () => {
      const found = cursor.result;
      if (!found) return;
      if (ids.has(found.value.item.id)) found.delete();
      found.continue();
    };
  }
}

/**
 * Tells with events: `status` (saved, saving, not saved, in conflict), `answer` (the server's,
 * with the items it stands for), `refused` (an item and why), `conflict` (what the server has).
 */
export class Saved extends EventTarget {
  /** `send(after, events, keepalive)` to the server; `known()`: whether it knows who reads. */
  constructor(session, last, send, known) {
    super();
    this.known = known;
    this.session = session;
    this.last = last;
    this.send = send;
    this.items = [];
    this.status = "saved";
    this.tries = 0;
    this.busy = false;
  }

  /** Take up what an earlier tab left; how many edits that is. */
  async open() {
    this.shelf = await Shelf.open();
    const left = await this.shelf.waiting(this.session).catch(() => ({ waiting: [] }));
    if (!left.waiting.length) return 0;
    this.last = left.last ?? this.last;
    this.items = left.waiting.map((item) => ({ ...item, stored: Promise.resolve() }));
    this.say("saving");
    this.pump();
    return this.items.length;
  }

  add(event) {
    const item = { id: crypto.randomUUID(), when: new Date().toISOString(), event };
    const stored = this.shelf.put(this.session, this.last, item).catch(() => undefined);
    this.items.push({ ...item, stored });
    if (this.status !== "in conflict") this.say(this.tries ? "not saved" : "saving");
    this.pump();
  }

  /** The events that the server has not answered for. */
  get pending() {
    return this.items.map((item) => item.event);
  }

  /** Resolves once everything is on the server's disc. */
  settled() {
    if (this.status === "saved") return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (this.status !== "saved") return;
        this.removeEventListener("status", look);
        resolve();
      };
      this.addEventListener("status", look);
    });
  }

  /** The tab is going: one last try that outlives it. */
  leave() {
    if (this.items.length && this.status !== "in conflict") {
      this.send(this.last, this.items.slice(0, MOST_AT_ONCE).map(spelled), true).catch(() => {});
    }
  }

  /** After a conflict: `mine` goes on top of what is there, else it is left to the stored branch. */
  resolve(mine, last) {
    this.last = last;
    if (!mine) this.forget(this.items.splice(0));
    this.tries = 0;
    this.say(this.items.length ? "saving" : "saved");
    this.pump();
  }

  async pump() {
    if (this.busy || !this.items.length || this.status === "in conflict") return;
    this.busy = true;
    clearTimeout(this.timer);
    this.timer = 0;
    const batch = this.items.slice(0, this.oneByOne ? 1 : MOST_AT_ONCE);
    try {
      const answer = await this.send(this.last, batch.map(spelled));
      this.last = answer.last;
      this.items.splice(0, batch.length);
      this.forget(batch);
      this.tries = 0;
      this.oneByOne = false;
      this.say(this.items.length ? "saving" : "saved");
      this.tell("answer", { answer, batch });
    } catch (error) {
      await this.failed(error, batch);
    }
    this.busy = false;
    if (!this.timer) this.pump();
  }

  async failed(error, batch) {
    const refused = [400, 413].includes(error.status) && (await this.known().catch(() => false));
    if (error.status === 409) {
      this.say("in conflict");
      this.tell("conflict", error.body);
    } else if (refused) {
      if (batch.length > 1) {
        this.oneByOne = true;
        return;
      }
      this.items.shift();
      this.forget(batch);
      this.say(this.items.length ? "saving" : "saved");
      this.tell("refused", { item: batch[0], message: error.message });
    } else {
      // "Not saved" promises that the edits wait in this browser.
      await Promise.all(batch.map((item) => item.stored));
      const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
      this.tries += 1;
      this.say("not saved", error.message);
      this.timer = setTimeout(() => {
        this.timer = 0;
        this.pump();
      }, wait);
    }
  }

  forget(items) {
    this.shelf.drop(this.session, this.last, new Set(items.map((item) => item.id)));
  }

  say(status, reason = "") {
    this.status = status;
    this.tell("status", { status, waiting: this.items.length, reason });
  }

  tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

const spelled = ({ id, when, event }) => ({ id, when, event });
