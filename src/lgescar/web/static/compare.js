/** The other half: the automatic result or another reading of the same study, beside this one. */

import * as api from "./api.js";
import { el } from "./dom.js";
import { Labels } from "./labels.js";
import { Viewport } from "./viewport.js";

/** What this reading may be shown beside; a reading of a blinded study only beside the automatic. */
export async function choices(id) {
  const { sessions } = await api.worklist();
  const mine = sessions.find((one) => one.session === id);
  const automatic = [["automatic", "Automatic result"]];
  if (!mine || mine.due !== null) return automatic;
  const others = sessions.filter((one) => one.study === mine.study && one.session !== id && one.due === null);
  const named = others.map((one) => [one.session, `${one.reader}, reading ${one.number} (${one.status})`]);
  return [...automatic, ...named];
}

export class Compare {
  constructor(stage, box) {
    Object.assign(this, { stage, box, with: "", title: "", known: new Map(), asked: new Set() });
    this.viewport = new Viewport(box, stage.camera, stage.look, {
      picture: () => stage.pixels.picture(stage.desk.index, stage.window()),
      labels: () => this.labels(stage.desk.index),
      caption: () => [el("strong", {}, this.title), el("span", { class: "faint" }, "only shown, not edited")],
    });
    box.addEventListener("wheel", (event) => stage.wheel(event), { passive: false });
  }

  /** Show beside `other` ("automatic" or a session), or alone where it is empty. */
  show(other, title) {
    Object.assign(this, { with: other, title });
    this.known.clear();
    this.asked.clear();
    this.box.hidden = !other;
  }

  labels(index) {
    if (!this.known.has(index) && !this.asked.has(index) && this.with) this.fetch(index);
    return this.known.get(index) ?? null;
  }

  async fetch(index) {
    this.asked.add(index);
    const { desk } = this.stage;
    const [other, { rows, cols }] = [this.with, desk.about(index)];
    try {
      const automatic = other === "automatic";
      const view = await api.slice(automatic ? desk.id : other, index, automatic);
      if (other !== this.with) return;
      const runs = automatic ? view.automatic_runs : view.runs;
      this.known.set(index, Labels.fromRuns(rows, cols, runs));
      this.viewport.redraw();
    } catch (error) {
      desk.say(error.message);
    }
  }
}
