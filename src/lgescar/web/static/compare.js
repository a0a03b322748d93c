/** The other half: the automatic result or another reading of the same study, beside this one. */

import * as api from "./api.js";
import { el } from "./dom.js";
import { Labels } from "./labels.js";
import { ruleTitle } from "./rules.js";
import { Viewport } from "./viewport.js";

const RULE = "rule:";
const STATUS = { new: "new", begun: "in progress", accepted: "accepted" };

/** What every reading may be shown beside. */
export const always = (rules) =>
  [["automatic", "Automatic result"], ...rules.map((rule) => [`${RULE}${rule}`, `Threshold ${ruleTitle(rule)}`])];

/** Other readings of the same study; none for a blinded one. */
export async function readings(id) {
  const { sessions } = await api.worklist();
  const mine = sessions.find((one) => one.session === id);
  if (!mine || mine.due !== null) return [];
  const others = sessions.filter((one) => one.study === mine.study && one.session !== id && one.due === null);
  return others.map((one) => [one.session, `${one.reader}, reading ${one.number} (${STATUS[one.status]})`]);
}

export class Compare {
  constructor(stage, box) {
    Object.assign(this, { stage, box, with: "", title: "", known: new Map(), requested: new Set() });
    this.viewport = new Viewport(box, stage.camera, stage.look, {
      picture: () => stage.pixels.picture(stage.reading.index, stage.window()),
      labels: () => this.labels(stage.reading.index),
      caption: () => [el("strong", {}, this.title), el("span", { class: "faint" }, "only shown, not edited")],
    });
    // A threshold looks within the wall on screen: what it finds changes with it.
    stage.reading.addEventListener("answered", () => {
      if (!this.rule) return;
      this.requested.clear();
      this.viewport.redraw();
    });
    box.addEventListener("wheel", (event) => stage.wheel(event), { passive: false });
  }

  /** The threshold that is shown, or null. */
  get rule() {
    return this.with.startsWith(RULE) ? this.with.slice(RULE.length) : null;
  }

  /** Show beside `other` ("automatic", "rule:" and its name, or a session), or alone where it is empty. */
  show(other, title) {
    Object.assign(this, { with: other, title });
    this.known.clear();
    this.requested.clear();
    this.box.hidden = !other;
  }

  labels(index) {
    if (!this.requested.has(index) && this.with) this.fetch(index);
    return this.known.get(index) ?? null;
  }

  async fetch(index) {
    this.requested.add(index);
    const { reading } = this.stage;
    const [other, { rule }, { rows, cols }] = [this.with, this, reading.about(index)];
    try {
      const runs = rule ? (await api.sliceByRule(reading.id, index, rule)).rule_runs
        : other === "automatic" ? (await api.slice(reading.id, index, true)).automatic_runs
        : (await api.slice(other, index)).runs;
      if (other !== this.with) return;
      this.known.set(index, Labels.fromRuns(rows, cols, runs));
      this.viewport.redraw();
    } catch (error) {
      reading.say(error.message);
    }
  }
}
