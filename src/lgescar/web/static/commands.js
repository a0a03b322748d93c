/** Everything that can be done, each with its keys: buttons, keyboard and the list under ? are this. */

import { PRESETS } from "./pixels.js";

const STEP_PX = 4;
const FAR_PX = 40;

/** What cannot be done with a reading that is only shown; whole slices and settings of tools neither. */
const EDITS = ["undo", "redo", "accept", "unaccept", "accept-study", "boxes", "points", "scribble", "brush", "eraser", "lasso", "borders", "remote"];

/** `{id, group, title, keys, run, tool?, icon?, enabled?}` each; `acts` are the page's own. */
export function commandsOf(stage, acts) {
  const all = [...reading(stage, acts), ...tools(stage), ...whole(stage, acts), ...looking(stage, acts), ...cursor(stage)];
  if (!stage.reading.readOnly) return all;
  const edits = (one) => one.group === "Slice" || one.group === "Tool settings" || EDITS.includes(one.id);
  return all.map((one) => (edits(one) ? { ...one, enabled: () => false } : one));
}

function reading({ reading }, acts) {
  return [
    ["undo", "Undo", ["Ctrl+Z", "U"], () => reading.edit({ kind: "undo" }), { icon: "undo", enabled: () => reading.canUndo }],
    ["redo", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], () => reading.edit({ kind: "redo" }), { icon: "redo", enabled: () => reading.canRedo }],
    ["accept", "Accept the slice, go on to the next", ["Enter", "A"], acts.accept],
    ["unaccept", "Take the acceptance back", ["Shift+A"], acts.unaccept],
    ["accept-study", "Accept the study", ["Shift+Enter"], acts.acceptStudy],
    ["next-open", "Next slice that is not accepted", ["N"], acts.nextOpen],
    ["previous", "Previous slice", ["ArrowUp", "PageUp"], () => reading.go(reading.place - 1)],
    ["next", "Next slice", ["ArrowDown", "PageDown"], () => reading.go(reading.place + 1)],
    ["first", "First slice", ["Home"], () => reading.go(0)],
    ["last", "Last slice", ["End"], () => reading.go(reading.slices.length - 1)],
    ["worklist", "Back to the worklist", ["Ctrl+Backspace"], acts.worklist],
  ].map((one) => command("Reading", one));
}

function tools(stage) {
  const { settings } = stage;
  const tool = (name, title, key, more = {}) =>
    [name, title, [key], () => stage.choose(name), { tool: true, icon: name, ...more }];
  return [
    tool("boxes", "Boxes", "B"),
    tool("points", "Points", "P"),
    tool("scribble", "Scribble", "S"),
    tool("brush", "Brush", "D"),
    tool("eraser", "Eraser", "E"),
    tool("lasso", "Lasso remove", "L"),
    tool("borders", "Wall borders", "W"),
    tool("remote", "Threshold", "R"),
    tool("pan", "Move", "V"),
    tool("window", "Grey levels", "G"),
    tool("distance", "Distance", "M"),
    tool("area", "Area", "Shift+M"),
  ].map((one) => command("Tools", one)).concat([
    ["brush-smaller", "Smaller brush", ["["], () => stage.tools.brush.resize(-0.5)],
    ["brush-larger", "Larger brush", ["]"], () => stage.tools.brush.resize(0.5)],
    ["paint-scar", "Brush paints scar", ["1"], () => paint(stage, "scar")],
    ["paint-mvo", "Brush paints MVO", ["2"], () => paint(stage, "mvo")],
    ["paint-viable", "Brush paints healthy wall", ["3"], () => paint(stage, "viable")],
    ["inside", "Points: inside or outside", ["I"], () => settings.set({ inside: !settings.inside })],
    ["border", "Wall borders: outer or inner", ["Shift+W"], () => settings.set({ border: settings.border === "epi" ? "endo" : "epi" })],
    ["remove", "Delete the selected box or point", ["Delete", "Backspace"], () => (stage.tool.remove ? stage.tool : stage.tools.boxes).remove()],
    ["select", "Select the next box or point", ["."], () => stage.tool.next?.()],
  ].map((one) => command("Tool settings", one)));
}

function paint(stage, tissue) {
  stage.settings.set({ paint: tissue });
  stage.choose("brush");
}

function whole(stage, acts) {
  const { reading } = stage;
  return [
    ["fill", "Fill holes", ["F"], () => reading.editHere("fill"), { icon: "fill" }],
    ["smooth", "Smooth", ["Shift+S"], () => reading.editHere("smooth"), { icon: "smooth" }],
    ["copy-next", "Copy to next", ["C"], () => acts.copy(1), { icon: "copy" }],
    ["copy-previous", "Copy to previous", ["Shift+C"], () => acts.copy(-1), { icon: "copyback" }],
    ["clear", "No scar here", ["X"], () => reading.editHere("clear"), { icon: "clear" }],
    ["automatic", "Automatic again", ["Shift+X"], () => reading.editHere("automatic"), { icon: "automatic" }],
  ].map((one) => command("Slice", one));
}

function looking(stage, acts) {
  const { look, camera } = stage;
  const flip = (name) => () => look.set({ [name]: !look[name] });
  return [
    ["outlines", "Outlines on or off", ["T"], flip("outlines")],
    ["fainter", "Fainter outlines", [","], () => look.set({ opacity: Math.max(0.1, look.opacity - 0.1) })],
    ["stronger", "Stronger outlines", [";"], () => look.set({ opacity: Math.min(1, look.opacity + 0.1) })],
    ["fill-tint", "Tint scar on or off", ["Shift+T"], flip("fill")],
    ["marks", "Boxes and points on or off", ["Shift+B"], flip("boxes")],
    ["exact", "Outlines along pixel edges", ["Shift+E"], flip("exact")],
    ["magnifier", "Magnifier on or off", ["Z"], acts.magnifier],
    ["zoom-in", "Zoom in", ["+", "="], () => stage.zoom(1)],
    ["zoom-out", "Zoom out", ["-"], () => stage.zoom(-1)],
    ["fit-heart", "Fit the heart", ["0"], () => stage.fitHeart()],
    ["fit-slice", "Fit the whole slice", ["9"], () => stage.fitSlice()],
    ["preset", "Next preset of grey levels", ["Q"], () => nextPreset(look)],
    ["left", "Move the picture left", ["ArrowLeft"], () => camera.pan(FAR_PX, 0)],
    ["right", "Move the picture right", ["ArrowRight"], () => camera.pan(-FAR_PX, 0)],
    ["compare", "Beside another reading, or alone", ["H"], acts.compare],
    ["forget-measured", "Remove measurements", ["Shift+Delete"], acts.forgetMeasured],
    ["help", "This list", ["?"], acts.help],
  ].map((one) => command("Looking", one));
}

function cursor(stage) {
  const ways = [["ArrowUp", 0, -1], ["ArrowDown", 0, 1], ["ArrowLeft", -1, 0], ["ArrowRight", 1, 0]];
  const moves = ways.flatMap(([key, right, down]) => [
    [`cursor-${key}`, `Cursor ${key.slice(5).toLowerCase()}`, [`Shift+${key}`], () => stage.moveCursor(right * STEP_PX, down * STEP_PX)],
    [`far-${key}`, `Cursor far ${key.slice(5).toLowerCase()}`, [`Ctrl+Shift+${key}`], () => stage.moveCursor(right * FAR_PX, down * FAR_PX)],
  ]);
  return [
    ...moves,
    ["press", "Press or let go at the cursor", ["K"], () => stage.press()],
    ["stop", "Give up what is being drawn", ["Escape"], () => stage.stop()],
  ].map((one) => command("Without a pointer", one));
}

function nextPreset(look) {
  const names = PRESETS.map(([name]) => name);
  look.set({ manual: null, preset: names[(names.indexOf(look.preset) + 1) % names.length] });
}

function command(group, [id, title, keys, run, more = {}]) {
  return { id, group, title, keys, run, enabled: () => true, ...more };
}
