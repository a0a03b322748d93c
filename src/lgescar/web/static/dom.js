/** Elements in one line. Text is always text: nothing here parses markup. */

const SAID_MS = 6000;
const SVG = "http://www.w3.org/2000/svg";

function made(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const el = (tag, attributes = {}, ...children) =>
  made(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  made(document.createElementNS(SVG, tag), attributes, children);

/** An icon of static/icons.svg. */
export const icon = (name) =>
  svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("use", { href: `/static/icons.svg#${name}` }));

/** The same text again is no change, and costs no painting. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The same for an attribute. */
export function mark(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export const byId = (id) => document.getElementById(id);

/** A sentence for the reader, for some seconds. */
export function say(sentence) {
  const toast = byId("said");
  toast.textContent = sentence;
  toast.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove("shown"), SAID_MS);
}

/** Once a frame, however often it is requested; with `later`, when that frame is painted. */
export function everyFrame(draw, later = false) {
  let waiting = false;
  const now = () => {
    waiting = false;
    draw();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(later ? () => setTimeout(now) : now);
  };
}
