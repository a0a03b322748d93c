/** Questions and lists above the page, as native dialogs: Escape closes, focus stays within. */

import { el } from "./dom.js";

/** Ask, and tell which of `choices` ([value, label]) was taken; null when it was closed. */
export function ask(title, sentences, choices, { closable = true, wide = false } = {}) {
  return new Promise((resolve) => {
    const close = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const buttons = choices.map(([value, label], k) =>
      el("button", { type: "button", class: k ? "button" : "button primary", "data-choice": value, onclick: () => close(value) }, label));
    const dialog = el("dialog", { class: wide ? "dialog wide" : "dialog", "aria-labelledby": "dialog-title" },
      el("h2", { id: "dialog-title" }, title),
      ...sentences.map((sentence) => (typeof sentence === "string" ? el("p", {}, sentence) : sentence)),
      el("div", { class: "choices" }, ...buttons));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (closable) close(null);
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input[type=text], input[type=number]")) return;
      event.preventDefault();
      close(choices[0][0]);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.scrollTop = 0;
  });
}

/** Two versions of one reading: both are stored, the reader says which goes on. */
export function conflict({ error, last, events, branch }, waiting) {
  const who = [...new Set(events.map((one) => one.who))].filter(Boolean).join(", ");
  return ask("Someone else went on with this reading", [
    `${error.charAt(0).toUpperCase()}${error.slice(1)}.`,
    `There: ${events.length} edit${events.length === 1 ? "" : "s"}${who ? ` by ${who}` : ""}, up to number ${last}. ` +
      `Here: ${waiting} edit${waiting === 1 ? "" : "s"} not taken yet. Nothing is lost either way: yours are stored as version ${String(branch).slice(0, 8)}.`,
  ], [["theirs", "Go on from theirs"], ["mine", "Put mine on top"]], { closable: false });
}

const SPOKEN = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "Space", Delete: "Del" };

export const spoken = (key) => key.split(/\+(?=.)/).map((part) => SPOKEN[part] ?? part).join(" ");

/** Every command with its keys. */
export function keyList(commands) {
  const groups = Map.groupBy ? Map.groupBy(commands, (one) => one.group) : grouped(commands);
  const parts = [...groups].map(([group, members]) =>
    el("section", {}, el("h3", {}, group),
      el("dl", {}, ...members.flatMap((one) => [
        el("dt", {}, ...one.keys.map((key) => el("kbd", {}, spoken(key)))),
        el("dd", { "data-command": one.id }, one.title),
      ]))));
  return ask("Keys", [
    el("p", {}, "Wheel: slices. Ctrl and wheel: zoom. Right-drag: grey levels. Space and drag, or middle button: move. Two fingers: zoom and move."),
    el("div", { class: "keys" }, ...parts),
  ], [["close", "Close"]], { wide: true });
}

function grouped(commands) {
  const groups = new Map();
  for (const one of commands) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}

/** A few fields and one button that takes them; whether it was taken. */
export async function form(title, fields, label) {
  return (await ask(title, [el("div", { class: "form" }, ...fields)], [["yes", label], ["no", "Cancel"]])) === "yes";
}
