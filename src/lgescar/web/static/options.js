/** Settings of the tool in hand, below the tools; every tool's stay in the page, hidden or shown. */

import { byId } from "./dom.js";
import { ruleOptions } from "./rules.js";

const SHOWN = {
  brush: ["brush-size", "brush-paint"],
  eraser: ["brush-size"],
  points: ["point-side"],
  scribble: ["point-side"],
  borders: ["border-choice"],
  remote: ["rule-choice"],
};

export function connectOptions(stage) {
  const { settings } = stage;
  const size = byId("size");
  size.addEventListener("input", () => settings.set({ radius: Number(size.value) / 2 }));
  for (const [name, key, read] of [
    ["paint", "paint", (value) => value],
    ["side", "inside", (value) => value === "inside"],
    ["border", "border", (value) => value],
  ]) {
    for (const radio of document.querySelectorAll(`input[name=${name}]`)) {
      radio.addEventListener("change", () => settings.set({ [key]: read(radio.value) }));
    }
  }
  const rule = byId("rule");
  rule.append(...ruleOptions(stage.reading.opened.rules));
  rule.addEventListener("change", () => settings.set({ rule: rule.value }));
  byId("apply-rule").addEventListener("click", () => stage.tools.remote.apply());
  settings.addEventListener("change", () => {
    show(stage);
    stage.main.redraw();
  });
  stage.addEventListener("tool", () => show(stage));
  show(stage);
}

function show(stage) {
  const { settings, toolName } = stage;
  for (const group of document.querySelectorAll("[data-option]")) {
    group.hidden = !(SHOWN[toolName] ?? []).includes(group.dataset.option);
  }
  byId("hint").textContent = stage.tool.hint;
  byId("size").value = String(settings.radius * 2);
  const mm = stage.camera.mm;
  byId("size-shown").textContent = mm ? `${(settings.radius * 2 * mm).toFixed(1)} mm` : `${settings.radius * 2} px`;
  check("paint", settings.paint);
  check("side", settings.inside ? "inside" : "outside");
  check("border", settings.border);
  byId("rule").value = settings.rule;
}

function check(name, value) {
  document.querySelector(`input[name=${name}][value=${value}]`).checked = true;
}
