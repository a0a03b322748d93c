/** How much scar there is now, beside the automatic result and a threshold's; by slice and segment. */

import * as api from "./api.js";
import { bullseye } from "./bullseye.js";
import { byId, el, mark, put } from "./dom.js";
import { ruleOptions, shortRule } from "./rules.js";

const WAIT_MS = 120;
const ROWS = [
  ["scar_mass_g", "Scar", "g", 1],
  ["scar_percent_of_lv", "Scar of LV", "%", 1],
  ["scar_volume_ml", "Scar volume", "ml", 1],
  ["mvo_mass_g", "MVO", "g", 1],
  ["lv_mass_g", "LV mass", "g", 0],
  ["transmural_extent_percent", "Transmural", "%", 0],
];

const written = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));

export class NumbersPanel {
  constructor(reading) {
    this.reading = reading;
    this.rule = "";
    this.shown = null;
    this.segmentsOf = "scar_percent";
    byId("rule-column").append(...ruleOptions(reading.opened.rules));
    byId("rule-column").addEventListener("change", (event) => {
      this.rule = event.target.value;
      this.ask();
    });
    byId("segments-of").addEventListener("change", (event) => {
      this.segmentsOf = event.target.value;
      this.draw();
    });
    reading.addEventListener("answered", ({ detail }) => {
      if (detail.some(({ event }) => event.kind !== "tick")) this.ask();
    });
    reading.addEventListener("slice", () => this.point());
    this.draw();
  }

  /** Ask soon: several edits at once are one question, and the last answer counts. */
  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), WAIT_MS);
  }

  async fetch() {
    const number = (this.number = (this.number ?? 0) + 1);
    try {
      const shown = await api.numbers(this.reading.id, this.rule);
      if (number !== this.number) return;
      this.shown = shown;
      byId("numbers").removeAttribute("aria-busy");
      this.draw();
    } catch (error) {
      this.reading.say(error.message);
    }
  }

  draw() {
    const { now, automatic, rule } = this.shown ?? {};
    put(byId("rule-head"), this.rule ? shortRule(this.rule) : "");
    byId("scar-now").textContent = written(now?.scar_mass_g, 1);
    byId("percent-now").textContent = written(now?.scar_percent_of_lv, 1);
    byId("quantities").replaceChildren(...ROWS.map(([key, name, unit, digits]) =>
      el("tr", {},
        el("th", { scope: "row" }, name, el("i", {}, ` ${unit}`)),
        el("td", { class: "now" }, written(now?.[key], digits)),
        el("td", {}, written(automatic?.[key], digits)),
        el("td", {}, this.rule ? written(rule?.[key], digits) : ""))));
    this.drawSegments(now);
    this.drawBars(now, automatic);
    this.drawNotes(now);
  }

  drawSegments(now) {
    const percents = new Map((now?.aha ?? []).map((one) => [one.segment, one[this.segmentsOf]]));
    const title = this.segmentsOf === "scar_percent" ? "Scar in percent of each segment" : "Transmural extent of each segment in percent";
    byId("bullseye").replaceChildren(bullseye(percents, title));
  }

  /** Scar of every slice as a bar, its MVO at the bottom; a line where the automatic result was. */
  drawBars(now, automatic) {
    const most = Math.max(1, ...[...(now?.slices ?? []), ...(automatic?.slices ?? [])].map((one) => one.scar_px));
    byId("bars").replaceChildren(...this.reading.slices.map(({ index }, place) => {
      const one = now?.slices.find((slice) => slice.index === index);
      const first = automatic?.slices.find((slice) => slice.index === index);
      const area = one?.scar_area_mm2;
      const size = !one ? "" : area === null ? `${one.scar_px} px` : `${Math.round(area)} mm²`;
      const fill = el("span", { class: "fill" });
      const mvo = el("span", { class: "mvo" });
      const was = el("span", { class: "was" });
      fill.style.height = `${(100 * (one?.scar_px ?? 0)) / most}%`;
      mvo.style.height = `${(100 * (one?.mvo_px ?? 0)) / most}%`;
      was.style.bottom = `${(100 * (first?.scar_px ?? 0)) / most}%`;
      const name = `Slice ${place + 1}, scar ${size || "unknown"}`;
      return el("button", {
        type: "button", class: "bar", "aria-label": name, title: name,
        "aria-current": place === this.reading.place ? "true" : "false", onclick: () => this.reading.go(place),
      }, el("span", { class: "well" }, fill, mvo, was), el("span", { class: "number" }, String(place + 1)));
    }));
  }

  /** Which bar stands for the slice on screen. */
  point() {
    [...byId("bars").children].forEach((bar, place) =>
      mark(bar, "aria-current", place === this.reading.place ? "true" : "false"));
  }

  drawNotes(now) {
    const notes = now?.notes ?? this.reading.opened.notes;
    byId("notes").hidden = !notes.length;
    byId("notes-count").textContent = String(notes.length);
    byId("notes-list").replaceChildren(...notes.map((note) => el("li", {}, note.message)));
  }
}
