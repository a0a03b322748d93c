/**
 * What an edit will show, before the server has answered. Only edits whose result needs no
 * network are drawn ahead; the server's answer replaces whatever stands here.
 */

import { BACKGROUND, BLOOD_POOL, MVO, SCAR, VIABLE, insidePolygon, isScar, nearPath } from "./labels.js";

const PAINTED = { scar: SCAR, mvo: MVO, viable: VIABLE };

function brushed(labels, { path, radius_px: radius, paint }) {
  const next = labels.copy();
  nearPath(labels, path, radius, (k) => {
    if (paint !== "erase") next.at[k] = PAINTED[paint];
    else if (isScar(next.at[k])) next.at[k] = VIABLE;
  });
  return next;
}

function lassoed(labels, polygon) {
  const next = labels.copy();
  insidePolygon(labels, polygon, (k) => {
    if (isScar(next.at[k])) next.at[k] = VIABLE;
  });
  return next;
}

function bordered(labels, { border, polygon }) {
  const next = labels.copy();
  const inside = new Uint8Array(labels.at.length);
  insidePolygon(labels, polygon, (k) => (inside[k] = 1));
  next.at.forEach((code, k) => {
    if (border === "endo") {
      if (inside[k]) next.at[k] = BLOOD_POOL;
      else if (code === BLOOD_POOL) next.at[k] = VIABLE;
    } else if (!inside[k]) next.at[k] = BACKGROUND;
    else if (code === BACKGROUND) next.at[k] = VIABLE;
  });
  return next;
}

/** The view of a slice after an event; the same view where only the server can tell. */
export function expected(view, event) {
  const edited = { ...view, accepted: false };
  switch (event.kind) {
    case "boxes":
      return { ...edited, boxes: event.boxes };
    case "points":
      return { ...edited, points: event.points };
    case "brush":
      return { ...edited, labels: brushed(view.labels, event), madeBy: "hand" };
    case "lasso":
      return { ...edited, labels: lassoed(view.labels, event.polygon), madeBy: "hand" };
    case "outline":
      return { ...edited, labels: bordered(view.labels, event), madeBy: "hand" };
    case "accept":
      return { ...view, accepted: true };
    case "unaccept":
      return edited;
    default:
      return view;
  }
}
