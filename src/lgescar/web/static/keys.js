/** The keyboard: one combination, one command. */

const TYPING = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select";
const OWN = "button, a, summary, select, input, textarea";

/** "Ctrl+Shift+Z" for what was pressed; signs such as ? say nothing of Shift. */
export function combination(event) {
  const letter = event.key.length === 1;
  const cased = letter && event.key.toLowerCase() !== event.key.toUpperCase();
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && (!letter || cased)) parts.push("Shift");
  parts.push(letter ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}

export function listen(commands, after) {
  const byKey = new Map();
  for (const one of commands) {
    for (const key of one.keys) {
      if (byKey.has(key)) throw new Error(`two commands want ${key}`);
      byKey.set(key, one);
    }
  }
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const at = document.activeElement;
    if (at?.matches(TYPING) && event.key !== "Escape") return;
    // A control keeps the keys that work it.
    const works = ["Enter", " "].includes(event.key) || (event.key.startsWith("Arrow") && at?.matches("input"));
    if (works && !event.shiftKey && at?.matches(OWN)) return;
    const found = byKey.get(combination(event));
    if (!found) return;
    event.preventDefault();
    if (found.enabled()) found.run();
    after();
  });
}
