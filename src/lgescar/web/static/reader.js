/** The reading page: opens the reading, connects its parts, and keeps the bars up to date. */

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { commandsOf } from "./commands.js";
import { Compare, always, readings } from "./compare.js";
import { Reading } from "./reading.js";
import { ask, conflict, keyList, spoken } from "./dialogs.js";
import { byId, el, everyFrame, icon, mark, put, say } from "./dom.js";
import { Filmstrip } from "./filmstrip.js";
import { listen } from "./keys.js";
import { NumbersPanel } from "./numbers.js";
import { connectOptions } from "./options.js";
import { PRESETS } from "./pixels.js";
import { Settings, Stage } from "./stage.js";
import { Timer } from "./timer.js";
import { Look } from "./viewport.js";

const SAVED = { saved: "Saved", saving: "Saving …", "not saved": "Not saved", "in conflict": "Two versions" };
const SHOWN = [["show-outlines", "outlines"], ["show-fill", "fill"], ["show-boxes", "boxes"]];
const STATUS = { new: "New", begun: "In progress", accepted: "Accepted" };

async function start() {
  const id = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1));
  let reading;
  let me;
  try {
    [me, reading] = await Promise.all([api.me(), Reading.open(id)]);
    // Edits need a name beside them: the worklist asks for it.
    if (!me.reader) return location.replace("/");
  } catch (error) {
    byId("opening").textContent = error.message;
    return;
  }
  reading.addEventListener("said", ({ detail }) => say(detail));
  const camera = new Camera(reading.opened.spacing_mm, reading.opened.orientation?.[0], reading.opened.turn);
  const look = new Look();
  const stage = new Stage(reading, camera, look, new Settings(reading.opened.rules), byId("stage"));
  const compare = new Compare(stage, byId("other"));
  const acts = actsOf(stage, compare);
  const commands = commandsOf(stage, acts);
  acts.help = () => keyList(commands);
  commands.find((one) => one.id === "help").run = acts.help;
  buttons(stage, commands);
  connectOptions(stage);
  connectLook(stage, acts);
  connectSize(stage, compare);
  connectReading(stage, compare);
  connectTop(reading);
  if (reading.readOnly) connectReadOnly(stage, me.reader);
  else connectTimer(reading, me.reader);
  listen(commands, everyFrame(() => refresh(stage)));
  new Filmstrip(stage, byId("filmstrip"));
  const numbers = new NumbersPanel(reading);
  byId("opening").remove();
  document.body.dataset.ready = "yes";
  refresh(stage);
  byId("stage").focus();
  reading.want(reading.index);
  if (reading.left) say(`${reading.left} edit(s) that an earlier page could not save were sent again.`);
  stage.pixels.fetchAll(reading.place);
  offerComparisons(reading);
  await reading.watchEncoding();
  if (!camera.moved && !stage.begun) stage.fitHeart(); // nobody draws on a picture that jumps
  numbers.ask();
}

/** What the commands do that is more than one call. */
function actsOf(stage, compare) {
  const { reading, look } = stage;
  const open = () => {
    const order = reading.slices.map((_, k) => (reading.place + 1 + k) % reading.slices.length);
    return order.find((place) => !reading.view(reading.slices[place].index)?.accepted);
  };
  const nextOpen = () => {
    const place = open();
    if (place === undefined) say("Every slice is accepted. Shift Enter accepts the study.");
    else reading.go(place);
  };
  return {
    nextOpen,
    accept: () => {
      if (!stage.view) return;
      if (!stage.view.accepted) reading.editHere("accept");
      nextOpen();
    },
    unaccept: () => stage.view?.accepted && reading.editHere("unaccept"),
    acceptStudy: () => acceptStudy(reading),
    copy: (by) => {
      const to = reading.slices[reading.place + by];
      if (!to) return say("There is no slice on that side.");
      reading.editHere("copy", { to: to.index });
      reading.go(reading.place + by);
    },
    magnifier: () => {
      look.set({ glass: !look.glass });
      if (!look.glass) stage.main.magnify(null);
      else if (stage.hover) stage.main.magnify(stage.camera.toScreen(stage.hover));
    },
    compare: () => {
      const select = byId("compare");
      select.value = compare.with ? "" : (select.options[1]?.value ?? "");
      select.dispatchEvent(new Event("change"));
    },
    forgetMeasured: () => {
      stage.measured = [];
      stage.main.redraw();
    },
    worklist: () => location.assign("/"),
    help: () => {},
  };
}

async function acceptStudy(reading) {
  const left = reading.slices.filter(({ index }) => !reading.view(index)?.accepted).length;
  if (left) {
    const sentence = `${left} of ${reading.slices.length} slices ${left === 1 ? "is" : "are"} not accepted yet.`;
    const taken = await ask("Accept the study?", [sentence], [["yes", "Accept it all the same"], ["no", "Go on reading"]]);
    if (taken !== "yes") return;
  }
  reading.edit({ kind: "accept-study" });
  say("The study is accepted. Any further edit opens it again.");
}

/** Buttons of tools and of whole-slice edits, and those that stand in the page already. */
function buttons(stage, commands) {
  const made = (one) =>
    el("button", { type: "button", class: "tool", "data-command": one.id, "aria-pressed": one.tool ? "false" : null },
      icon(one.icon), el("span", {}, one.title), el("kbd", { "aria-hidden": "true" }, spoken(one.keys[0]).replace("Shift ", "⇧")));
  byId("tools").append(...commands.filter((one) => one.tool).map(made));
  byId("whole").append(...commands.filter((one) => one.group === "Slice").map(made));
  for (const button of document.querySelectorAll("button[data-command]")) {
    const one = commands.find((command) => command.id === button.dataset.command);
    button.title = `${one.title} (${one.keys.map(spoken).join(" or ")})`;
    button.addEventListener("click", (event) => {
      if (one.enabled()) one.run();
      refresh(stage);
      // After a pointer the keys belong to the picture again; after a key the focus stays.
      if (event.detail && !document.querySelector("dialog[open]")) byId("stage").focus();
    });
  }
  stage.commands = commands;
  // For the console and for tests: what is on screen.
  window.lgescar = { reading: stage.reading, stage };
}

/** Everything that shows whether a command is on or possible. */
function refresh(stage) {
  const { reading, look, commands } = stage;
  for (const button of document.querySelectorAll("button[data-command]")) {
    const one = commands.find((command) => command.id === button.dataset.command);
    mark(button, "aria-disabled", one.enabled() ? "false" : "true");
    if (one.tool) mark(button, "aria-pressed", one.id === stage.toolName ? "true" : "false");
  }
  put(byId("study"), reading.opened.name);
  put(byId("reader"), `${reading.opened.reader}, reading ${reading.opened.number}`);
  put(byId("status"), STATUS[reading.status]);
  mark(byId("status"), "data-status", reading.status);
  const done = reading.slices.filter(({ index }) => reading.stored.has(index) && reading.view(index).accepted).length;
  put(byId("progress"), `${done} of ${reading.slices.length} slices accepted`);
  put(byId("accept-label"), stage.view?.accepted ? "Accepted, next" : "Accept slice");
  for (const [id, name] of [...SHOWN, ["show-glass", "glass"]]) byId(id).checked = look[name];
  for (const [id, value] of [
    ["grade", reading.grade ?? ""],
    ["opacity", Math.round(look.opacity * 100)],
    ["preset", look.manual ? "manual" : look.preset],
  ]) {
    if (byId(id).value !== String(value)) byId(id).value = String(value);
  }
  mark(byId("stage"), "aria-label", pictureText(stage));
}

const pictureText = ({ reading, toolName, view }) =>
  `Slice ${reading.place + 1} of ${reading.slices.length}, tool ${toolName}, ${view?.boxes.length ?? 0} boxes`;

function connectLook(stage, acts) {
  const { look } = stage;
  for (const [id, name] of SHOWN) {
    byId(id).addEventListener("change", (event) => look.set({ [name]: event.target.checked }));
  }
  byId("show-glass").addEventListener("change", acts.magnifier);
  byId("opacity").addEventListener("input", (event) => look.set({ opacity: Number(event.target.value) / 100 }));
  const preset = byId("preset");
  preset.append(...PRESETS.map(([name, title]) => new Option(title, name)));
  preset.append(new Option("By hand", "manual"));
  preset.addEventListener("change", () => {
    if (preset.value === "manual") look.set({ manual: stage.window() });
    else look.set({ manual: null, preset: preset.value });
  });
  look.addEventListener("change", () => refresh(stage));
}

function connectSize(stage, compare) {
  const measure = () => {
    const [width, height] = stage.main.resize();
    if (!compare.box.hidden) compare.viewport.resize();
    stage.camera.resize(width, height);
  };
  measure();
  stage.fitHeart();
  new ResizeObserver(measure).observe(stage.box);
  const select = byId("compare");
  select.addEventListener("change", () => {
    compare.show(select.value, select.selectedOptions[0].textContent);
    measure();
    stage.fitHeart();
  });
}

function connectReading(stage, compare) {
  const { reading } = stage;
  const bars = everyFrame(() => refresh(stage));
  const redraw = () => {
    stage.main.redraw();
    if (compare.with) compare.viewport.redraw();
    bars();
  };
  reading.addEventListener("slice", () => {
    stage.stop();
    stage.tool.left?.();
    redraw();
  });
  for (const kind of ["view", "state", "pixels", "encoded"]) reading.addEventListener(kind, redraw);
  reading.addEventListener("conflict", async ({ detail }) => {
    const taken = await conflict(detail, reading.saved.items.length);
    reading.saved.resolve(taken === "mine", detail.last);
    await reading.saved.settled();
    await reading.reload();
  });
}

function connectTop(reading) {
  const chip = byId("saved");
  const show = ({ status, waiting, reason }) => {
    if (status === "not saved" && chip.title !== reason) say(reason);
    chip.dataset.saved = status;
    chip.title = reason || "";
    chip.textContent = status === "not saved" ? `Not saved (${waiting})` : SAVED[status];
  };
  show({ status: reading.saved.status });
  reading.saved.addEventListener("status", ({ detail }) => show(detail));
  byId("grade").addEventListener("change", (event) =>
    reading.edit({ kind: "grade", grade: event.target.value ? Number(event.target.value) : null }));
  const remark = byId("remark");
  remark.value = reading.remark;
  remark.addEventListener("change", () => reading.edit({ kind: "remark", text: remark.value.trim() }));
  for (const [id, path] of [["export-result", api.resultZip], ["export-session", api.sessionJson]]) {
    byId(id).href = path(reading.id);
    byId(id).addEventListener("click", async (event) => {
      if (reading.saved.status === "saved") return;
      event.preventDefault();
      say("The download starts as soon as everything is saved.");
      await reading.saved.settled();
      byId(id).click();
    });
  }
}

/** A reading without its bundle: why it is only shown, and a new one with the present bundle. */
function connectReadOnly(stage, reader) {
  const { reading } = stage;
  stage.choose("pan");
  const note = byId("read-only");
  note.hidden = false;
  const why = reading.readOnly;
  put(note.querySelector("p"), `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
  put(byId("saved"), "Read only");
  for (const id of ["grade", "remark"]) byId(id).disabled = true;
  byId("begin-new").hidden = !reading.opened.study; // a reading study is planned, not begun
  byId("begin-new").addEventListener("click", async () => {
    try {
      const { sessions } = await api.worklist();
      const mine = sessions.filter((one) => one.study === reading.opened.study && one.reader === reader);
      const number = 1 + Math.max(0, ...mine.map((one) => one.number));
      const { session } = await api.startSession(reading.opened.study, number);
      location.assign(`/read/${encodeURIComponent(session)}`);
    } catch (error) {
      say(error.message);
    }
  });
}

/** Minutes count for whoever the reading belongs to, not for somebody who looks at it. */
function connectTimer(reading, reader) {
  const mine = reader === reading.opened.reader;
  if (!mine) say(`This is the reading of ${reading.opened.reader}; what ${reader} edits here is stored under both names.`);
  const timer = new Timer((seconds) => mine && reading.edit({ kind: "tick", seconds }));
  timer.addEventListener("change", () => {
    put(byId("timer"), timer.text);
    mark(byId("timer"), "data-idle", timer.idle ? "yes" : "no");
  });
  addEventListener("pagehide", () => {
    timer.flush();
    reading.saved.leave();
  });
  document.addEventListener("visibilitychange", () => document.hidden && timer.flush());
}

/** Other readings stand first: H shows the first of the list. */
async function offerComparisons(reading) {
  const found = await readings(reading.id).catch(() => []);
  byId("compare").append(...[...found, ...always(reading.opened.rules)].map(([value, title]) => new Option(title, value)));
}

start();
