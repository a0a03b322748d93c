/** The 17 segments as a target, as the report draws it: base outside, apex in the middle. */

import { svg } from "./dom.js";

const NAMES = [
  "basal anterior", "basal anteroseptal", "basal inferoseptal", "basal inferior",
  "basal inferolateral", "basal anterolateral", "mid anterior", "mid anteroseptal",
  "mid inferoseptal", "mid inferior", "mid inferolateral", "mid anterolateral",
  "apical anterior", "apical septal", "apical inferior", "apical lateral", "apex",
];
/** Outer edges of the basal, mid and apical rings and of the apex. */
const RADII = [148, 110, 72, 34];
/** 0 % and 100 %: one hue, ever lighter on the dark page, so that it reads without colour too. */
const NONE = [45, 50, 60];
const ALL = [255, 157, 30];

const round = (value) => value.toFixed(2);

function ring(segment) {
  if (segment === 17) return [RADII[3], 0, 0, 360];
  const row = segment <= 6 ? 0 : segment <= 12 ? 1 : 2;
  const width = row === 2 ? 90 : 60;
  const centre = 90 + width * (row < 2 ? (segment - 1) % 6 : segment - 13);
  return [RADII[row], RADII[row + 1], centre - width / 2, centre + width / 2];
}

function at(radius, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return [radius * Math.cos(angle), -radius * Math.sin(angle)];
}

function outline(segment) {
  const [outer, inner, first, last] = ring(segment);
  if (segment === 17) return `M${outer} 0A${outer} ${outer} 0 1 0 ${-outer} 0A${outer} ${outer} 0 1 0 ${outer} 0Z`;
  const [a, b, c, d] = [at(outer, first), at(outer, last), at(inner, last), at(inner, first)]
    .map((place) => place.map(round).join(" "));
  return `M${a}A${outer} ${outer} 0 0 0 ${b}L${c}A${inner} ${inner} 0 0 1 ${d}Z`;
}

function middle(segment) {
  const [outer, inner, first, last] = ring(segment);
  return segment === 17 ? [0, 0] : at((outer + inner) / 2, (first + last) / 2);
}

function shade(percent) {
  const part = Math.min(1, Math.max(0, percent / 100)) ** 0.8;
  return `rgb(${NONE.map((low, k) => Math.round(low + (ALL[k] - low) * part)).join(",")})`;
}

/** Percents by segment number, null where there is no basis. */
export function bullseye(percents, title) {
  const wedges = NAMES.map((name, k) => {
    const segment = k + 1;
    const percent = percents.get(segment) ?? null;
    const [x, y] = middle(segment);
    const ink = percent >= 40 ? "#14171c" : "#e9ecf1";
    const words = percent === null ? "not available" : `${Math.round(percent)} %`;
    return svg("g", {},
      svg("title", {}, `${segment} ${name}: ${words}`),
      svg("path", { d: outline(segment), class: percent === null ? "wedge none" : "wedge", fill: percent === null ? null : shade(percent) }),
      svg("text", { x, y: y + 6, fill: ink, class: "share" }, percent === null ? "–" : String(Math.round(percent))));
  });
  return svg("svg", { class: "bullseye", viewBox: "-150 -150 300 300", role: "img", "aria-label": title }, ...wedges);
}
