/** The worklist: what there is to read, how far it is, and who read it. */

import * as api from "./api.js";
import { byId, el, say } from "./dom.js";
import { form } from "./dialogs.js";
import { askPlan, drawDue } from "./study.js";
import { connectUpload } from "./upload.js";

const STATUS = { new: "New", begun: "In progress", accepted: "Accepted" };
const ORDER = ["begun", "new", "accepted"];
const ANOTHER = "another";
const REFRESH_MS = 20_000;

const known = { me: null, studies: [], sessions: [] };
let shown = null;

/** Do something, and tell the reader where it fails. */
const trying = (act) => async (...given) => {
  try {
    await act(...given);
  } catch (error) {
    say(error.message);
  }
};

const load = trying(async () => {
  Object.assign(known, await api.worklist());
  redraw();
});

const open = (session) => location.assign(`/read/${encodeURIComponent(session)}`);

const read = trying(async (study, number) => {
  if (!known.me.reader && !(await askReader())) return;
  const { session } = await api.startSession(study, number);
  open(session);
});

/** A study with the reader's own sessions and those of others. */
function joined(study) {
  const all = known.sessions.filter((one) => one.study === study.id);
  const mine = all.filter((one) => one.reader === known.me.reader).sort((a, b) => a.number - b.number);
  return { ...study, mine, others: all.filter((one) => one.reader !== known.me.reader), latest: mine.at(-1) };
}

const statusOf = (study) => study.latest?.status ?? "new";

const SORTED = {
  added: () => 0,
  name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
  changed: (a, b) => (b.latest?.last_change ?? "").localeCompare(a.latest?.last_change ?? ""),
  status: (a, b) => ORDER.indexOf(statusOf(a)) - ORDER.indexOf(statusOf(b)),
};

/** Rows that say what stands there already leave it alone: somebody may be about to click. */
function drawRows(rows) {
  const words = rows.map((one) => one.outerHTML).join("");
  if (words === shown) return;
  shown = words;
  byId("rows").replaceChildren(...rows);
}

function draw() {
  const wanted = byId("search").value.trim().toLowerCase();
  const show = document.querySelector("input[name=show]:checked").value;
  const found = known.studies.map(joined)
    .filter((one) => [one.name, ...one.others.map((o) => o.reader)].join(" ").toLowerCase().includes(wanted))
    .filter((one) => show === "all" || (!one.blinded && statusOf(one) === show))
    .sort(SORTED[byId("sort").value]);
  drawRows(found.map(row));
  byId("empty").hidden = found.length > 0;
  byId("empty").textContent = known.studies.length
    ? "No study fits the search."
    : "No studies yet. Add one, drop its files here, or start lgescar serve with --data.";
  drawDue(known.sessions.filter((one) => one.due !== null && one.reader === known.me.reader), open);
}

/** The rows again, and the focus where it was. */
function redraw() {
  const label = document.activeElement?.getAttribute("aria-label");
  draw();
  if (label) document.querySelector(`main [aria-label="${CSS.escape(label)}"]`)?.focus();
}

function row(study) {
  const { latest } = study;
  const status = statusOf(study);
  const slices = study.slices ? `${study.slices} slices` : "";
  const second = latest?.number > 1 ? `, reading ${latest.number}` : "";
  return el("tr", {},
    el("td", {}, picture(api.thumbnail(study.id))),
    el("td", {}, el("div", { class: "name" }, study.name), el("div", { class: "faint" }, slices)),
    el("td", {}, study.blinded ? el("span", { class: "faint" }, "due as a case")
      : el("span", { class: "chip", "data-status": status }, `${STATUS[status]}${second}`)),
    el("td", {}, latest ? minutes(latest.minutes) : ""),
    el("td", { class: "faint" }, latest ? since(latest.last_change) : ""),
    el("td", {}, el("div", { class: "others" }, ...study.others.map(other))),
    el("td", {}, study.blinded ? null : actions(study, status)));
}

function actions(study, status) {
  const { latest } = study;
  const label = { new: latest ? "Continue" : "Read", begun: "Continue", accepted: "Open" }[status];
  const main = status === "accepted" ? "button" : "button primary";
  const buttons = [
    el("button", { type: "button", class: main, "aria-label": `${label} ${study.name}`,
      onclick: () => (latest ? open(latest.session) : read(study.id, 1)) }, label),
  ];
  if (status === "accepted") {
    buttons.unshift(el("button", { type: "button", class: "button quiet", "aria-label": `Read ${study.name} again`,
      onclick: () => read(study.id, latest.number + 1) }, "Read again"));
  }
  return el("div", { class: "actions" }, ...buttons);
}

function other(one) {
  const words = `${one.reader}${one.number > 1 ? ` ${one.number}` : ""}`;
  return el("button", { type: "button", class: "chip", "data-status": one.status, onclick: () => open(one.session),
    "aria-label": `Open the reading of ${words}, ${STATUS[one.status]}` }, words);
}

const picture = (src) => el("img", { class: "picture", src, alt: "", loading: "lazy", width: 64, height: 64 });

const minutes = (value) => (value < 0.05 ? "0" : value < 10 ? value.toFixed(1) : String(Math.round(value)));

function since(stamp) {
  const then = new Date(stamp);
  const passed_s = (Date.now() - then) / 1000;
  if (passed_s < 60) return "just now";
  if (passed_s < 3600) return `${Math.floor(passed_s / 60)} min ago`;
  if (passed_s < 86_400) return then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return then.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" });
}

function drawReaders() {
  const { reader, readers } = known.me;
  const select = byId("reader");
  select.replaceChildren(
    ...(reader ? [] : [new Option("choose …", "")]),
    ...readers.map((name) => new Option(name, name)),
    new Option("another reader …", ANOTHER));
  select.value = reader ?? "";
  byId("version").textContent = known.me.version;
}

const chooseReader = trying(async (name) => {
  if (name) known.me = await api.signIn(name);
  drawReaders();
  await load();
});

/** Ask who reads; whether somebody said. */
async function askReader() {
  const name = el("input", { type: "text", maxlength: 40, autocomplete: "off" });
  const taken = await form("Who reads?", [
    el("label", { class: "title" }, "Your name or initials ", name),
    el("p", { class: "faint" }, "Letters, digits, dots and dashes. It stands beside every edit."),
  ], "Go on");
  await chooseReader(taken ? name.value.trim() : "");
  return Boolean(known.me.reader);
}

const plan = trying(async () => {
  const planned = await askPlan(known);
  if (!planned) return;
  const { sessions } = await api.planReadings(planned.readers, planned.studies, planned.seed);
  known.me = await api.me();
  drawReaders();
  await load();
  say(`${sessions.length} readings are planned; each reader finds theirs in their own worklist.`);
});

async function start() {
  try {
    known.me = await api.me();
  } catch (error) {
    byId("empty").hidden = false;
    byId("empty").textContent = error.message;
    return;
  }
  drawReaders();
  for (const id of ["search", "sort"]) byId(id).addEventListener("input", draw);
  for (const radio of document.querySelectorAll("input[name=show]")) radio.addEventListener("change", draw);
  byId("reader").addEventListener("change", (event) =>
    event.target.value === ANOTHER ? askReader() : chooseReader(event.target.value));
  byId("plan").addEventListener("click", plan);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || document.activeElement.matches("input, select, textarea")) return;
    event.preventDefault();
    byId("search").focus();
  });
  connectUpload(say, load);
  await load();
  document.body.dataset.ready = "yes";
  if (!known.me.reader) await askReader();
  setInterval(() => document.hidden || load(), REFRESH_MS);
}

start();
