/** Reading studies on the worklist: planning one, and what of it is due for the reader. */

import { byId, el } from "./dom.js";
import { form } from "./dialogs.js";

const STATUS = { new: "New", begun: "In progress", accepted: "Accepted" };
const ROUNDS = ["", "First reading", "Second reading"];

/** Who, what and in which order; null where it was given up. */
export async function askPlan({ me, studies }) {
  const readers = chosenOf("Readers", "readers", me.readers.map((name) => [name, name]));
  const named = chosenOf("Studies", "studies", studies.map((one) => [one.id, one.name]));
  const more = el("input", { type: "text", autocomplete: "off", placeholder: "names, with commas" });
  const seed = el("input", { type: "text", class: "short", inputmode: "numeric", value: "1" });
  const taken = await form("Plan a reading study", [
    el("p", { class: "faint" }, "Every reader reads every study twice, as case-001, case-002, … in an order of their own that the seed draws. " +
      "A study that a reader has begun already cannot be read blinded by them."),
    el("div", { class: "columns" },
      el("div", {}, readers, el("label", { class: "title stacked" }, "Further readers", more)), named),
    el("label", { class: "title" }, "Seed of the order", seed),
  ], "Plan it");
  if (!taken) return null;
  const others = more.value.split(",").map((name) => name.trim()).filter(Boolean);
  return { readers: [...new Set([...ticked(readers), ...others])], studies: ticked(named), seed: Number(seed.value) };
}

const ticked = (field) => [...field.querySelectorAll("input[value]:checked")].map((one) => one.value);

/** Boxes to tick, and one over them for all. */
function chosenOf(title, name, choices) {
  const boxes = choices.map(([value]) => el("input", { type: "checkbox", name, value, checked: true }));
  const all = el("input", { type: "checkbox", checked: true, onchange: () => boxes.forEach((one) => (one.checked = all.checked)) });
  const note = () => (all.checked = boxes.every((one) => one.checked));
  return el("fieldset", { onchange: note }, el("legend", {}, title),
    el("label", { class: "all" }, all, "all"),
    ...choices.map(([, text], k) => el("label", {}, boxes[k], text)));
}

/** Blinded sessions of one reader: by case, without pictures that would tell which study it is. */
export function drawDue(sessions, open) {
  const due = [...sessions].sort((a, b) => a.number - b.number || a.due - b.due);
  const next = due.find((one) => one.status !== "accepted");
  byId("due").hidden = !due.length;
  const read = (some) => `${some.filter((one) => one.status === "accepted").length} of ${some.length} read`;
  byId("due-title").textContent = `Your reading study: ${read(due)}`;
  const numbers = [...new Set(due.map((one) => one.number))];
  const shown = new Set([...byId("due-rows").querySelectorAll("details[open]")].map((one) => one.dataset.round));
  byId("due-rows").replaceChildren(...numbers.map((number) => {
    const round = due.filter((one) => one.number === number);
    return el("details", { "data-round": number, open: round.includes(next) || shown.has(String(number)) },
      el("summary", {}, `${ROUNDS[number] ?? `Reading ${number}`}: ${read(round)}`),
      el("div", { class: "cases" }, ...round.map((one) => tile(one, one === next, open))));
  }));
}

function tile(one, next, open) {
  const label = { new: "Read", begun: "Continue", accepted: "Open" }[one.status];
  return el("div", { class: next ? "due next" : "due" },
    el("div", {}, el("div", { class: "name" }, one.name), el("span", { class: "chip", "data-status": one.status }, STATUS[one.status])),
    el("button", { type: "button", class: next ? "button primary" : "button", onclick: () => open(one.session),
      "aria-label": `${label} ${one.name}, ${(ROUNDS[one.number] ?? "").toLowerCase()}` }, label));
}
