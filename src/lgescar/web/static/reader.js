/** The reading page: opens the reading, connects its parts, and keeps the bars up to date. */

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { commandsOf } from "./commands.js";
import { Compare, always, readings } from "./compare.js";
import { Desk } from "./desk.js";
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
  let desk;
  let me;
  try {
    [me, desk] = await Promise.all([api.me(), Desk.open(id)]);
    // Edits need a name beside them: the worklist asks for it.
    if (!me.reader) return location.replace("/");
  } catch (error) {
    byId("opening").textContent = error.message;
    return;
  }
  desk.addEventListener("said", ({ detail }) => say(detail));
  const camera = new Camera(desk.told.spacing_mm, desk.told.orientation?.[0], desk.told.turn);
  const look = new Look();
  const stage = new Stage(desk, camera, look, new Settings(desk.told.rules), byId("stage"));
  const compare = new Compare(stage, byId("other"));
  const acts = actsOf(stage, compare);
  const commands = commandsOf(stage, acts);
  acts.help = () => keyList(commands);
  commands.find((one) => one.id === "help").run = acts.help;
  buttons(stage, commands);
  connectOptions(stage);
  connectLook(stage, acts);
  connectSize(stage, compare);
  connectDesk(stage, compare);
  connectTop(desk);
  if (desk.readOnly) connectReadOnly(stage, me.reader);
  else connectTimer(desk, me.reader);
  listen(commands, everyFrame(() => refresh(stage)));
  new Filmstrip(stage, byId("filmstrip"));
  const numbers = new NumbersPanel(desk);
  byId("opening").remove();
  document.body.dataset.ready = "yes";
  refresh(stage);
  byId("stage").focus();
  desk.want(desk.index);
  if (desk.left) say(`${desk.left} edit(s) that an earlier page could not save were sent again.`);
  stage.pixels.fetchAll(desk.place);
  offerComparisons(desk);
  await desk.watchEncoding();
  if (!camera.moved && !stage.begun) stage.fitHeart(); // nobody draws on a picture that jumps
  numbers.ask();
}

/** What the commands do that is more than one call. */
function actsOf(stage, compare) {
  const { desk, look } = stage;
  const open = () => {
    const order = desk.slices.map((_, k) => (desk.place + 1 + k) % desk.slices.length);
    return order.find((place) => !desk.view(desk.slices[place].index)?.accepted);
  };
  const nextOpen = () => {
    const place = open();
    if (place === undefined) say("Every slice is accepted. Shift Enter accepts the study.");
    else desk.go(place);
  };
  return {
    nextOpen,
    accept: () => {
      if (!stage.view) return;
      if (!stage.view.accepted) desk.editHere("accept");
      nextOpen();
    },
    unaccept: () => stage.view?.accepted && desk.editHere("unaccept"),
    acceptStudy: () => acceptStudy(desk),
    copy: (by) => {
      const to = desk.slices[desk.place + by];
      if (!to) return say("There is no slice on that side.");
      desk.editHere("copy", { to: to.index });
      desk.go(desk.place + by);
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

async function acceptStudy(desk) {
  const left = desk.slices.filter(({ index }) => !desk.view(index)?.accepted).length;
  if (left) {
    const sentence = `${left} of ${desk.slices.length} slices ${left === 1 ? "is" : "are"} not accepted yet.`;
    const taken = await ask("Accept the study?", [sentence], [["yes", "Accept it all the same"], ["no", "Go on reading"]]);
    if (taken !== "yes") return;
  }
  desk.edit({ kind: "accept-study" });
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
  // For the console and for tests: what is on screen, to be looked at.
  window.lgescar = { desk: stage.desk, stage };
}

/** Everything that shows whether a command is on or possible. */
function refresh(stage) {
  const { desk, look, commands } = stage;
  for (const button of document.querySelectorAll("button[data-command]")) {
    const one = commands.find((command) => command.id === button.dataset.command);
    mark(button, "aria-disabled", one.enabled() ? "false" : "true");
    if (one.tool) mark(button, "aria-pressed", one.id === stage.toolName ? "true" : "false");
  }
  put(byId("study"), desk.told.name);
  put(byId("reader"), `${desk.told.reader}, reading ${desk.told.number}`);
  put(byId("status"), STATUS[desk.status]);
  mark(byId("status"), "data-status", desk.status);
  const done = desk.slices.filter(({ index }) => desk.stored.has(index) && desk.view(index).accepted).length;
  put(byId("progress"), `${done} of ${desk.slices.length} slices accepted`);
  put(byId("accept-label"), stage.view?.accepted ? "Accepted, next" : "Accept slice");
  for (const [id, name] of [...SHOWN, ["show-glass", "glass"]]) byId(id).checked = look[name];
  for (const [id, value] of [
    ["grade", desk.grade ?? ""],
    ["opacity", Math.round(look.opacity * 100)],
    ["preset", look.manual ? "manual" : look.preset],
  ]) {
    if (byId(id).value !== String(value)) byId(id).value = String(value);
  }
  mark(byId("stage"), "aria-label", pictureTold(stage));
}

const pictureTold = ({ desk, toolName, view }) =>
  `Slice ${desk.place + 1} of ${desk.slices.length}, tool ${toolName}, ${view?.boxes.length ?? 0} boxes`;

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

function connectDesk(stage, compare) {
  const { desk } = stage;
  const bars = everyFrame(() => refresh(stage));
  const redraw = () => {
    stage.main.redraw();
    if (compare.with) compare.viewport.redraw();
    bars();
  };
  desk.addEventListener("slice", () => {
    stage.stop();
    stage.tool.left?.();
    redraw();
  });
  for (const kind of ["view", "state", "pixels", "encoded"]) desk.addEventListener(kind, redraw);
  desk.addEventListener("conflict", async ({ detail }) => {
    const taken = await conflict(detail, desk.saved.items.length);
    desk.saved.resolve(taken === "mine", detail.last);
    await desk.saved.settled();
    await desk.reload();
  });
}

function connectTop(desk) {
  const chip = byId("saved");
  const show = ({ status, waiting, reason }) => {
    if (status === "not saved" && chip.title !== reason) say(reason);
    chip.dataset.saved = status;
    chip.title = reason || "";
    chip.textContent = status === "not saved" ? `Not saved (${waiting})` : SAVED[status];
  };
  show({ status: desk.saved.status });
  desk.saved.addEventListener("status", ({ detail }) => show(detail));
  byId("grade").addEventListener("change", (event) =>
    desk.edit({ kind: "grade", grade: event.target.value ? Number(event.target.value) : null }));
  const remark = byId("remark");
  remark.value = desk.remark;
  remark.addEventListener("change", () => desk.edit({ kind: "remark", text: remark.value.trim() }));
  for (const [id, path] of [["export-result", api.resultZip], ["export-session", api.sessionJson]]) {
    byId(id).href = path(desk.id);
    byId(id).addEventListener("click", async (event) => {
      if (desk.saved.status === "saved") return;
      event.preventDefault();
      say("The download starts as soon as everything is saved.");
      await desk.saved.settled();
      byId(id).click();
    });
  }
}

/** A reading without its bundle: why it is only shown, and a new one with the present bundle. */
function connectReadOnly(stage, reader) {
  const { desk } = stage;
  stage.choose("pan");
  const note = byId("read-only");
  note.hidden = false;
  const why = desk.readOnly;
  put(note.querySelector("p"), `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
  put(byId("saved"), "Read only");
  for (const id of ["grade", "remark"]) byId(id).disabled = true;
  byId("begin-new").hidden = !desk.told.study; // a reading study is planned, not begun
  byId("begin-new").addEventListener("click", async () => {
    try {
      const { sessions } = await api.worklist();
      const mine = sessions.filter((one) => one.study === desk.told.study && one.reader === reader);
      const number = 1 + Math.max(0, ...mine.map((one) => one.number));
      const { session } = await api.startSession(desk.told.study, number);
      location.assign(`/read/${encodeURIComponent(session)}`);
    } catch (error) {
      say(error.message);
    }
  });
}

/** Minutes count for whoever the reading belongs to, not for somebody who looks at it. */
function connectTimer(desk, reader) {
  const mine = reader === desk.told.reader;
  if (!mine) say(`This is the reading of ${desk.told.reader}; what ${reader} edits here is kept under both names.`);
  const timer = new Timer((seconds) => mine && desk.edit({ kind: "tick", seconds }));
  timer.addEventListener("change", () => {
    put(byId("timer"), timer.text);
    mark(byId("timer"), "data-idle", timer.idle ? "yes" : "no");
  });
  addEventListener("pagehide", () => {
    timer.flush();
    desk.saved.leave();
  });
  document.addEventListener("visibilitychange", () => document.hidden && timer.flush());
}

/** Other readings stand first: H shows the first of the list. */
async function offerComparisons(desk) {
  const found = await readings(desk.id).catch(() => []);
  byId("compare").append(...[...found, ...always(desk.told.rules)].map(([value, title]) => new Option(title, value)));
}

start();
