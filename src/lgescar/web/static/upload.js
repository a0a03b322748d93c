/** Files to the server: chosen, or dropped as files and folders; a reading's JSON comes back in. */

import * as api from "./api.js";
import { byId, el } from "./dom.js";
import { form } from "./dialogs.js";

const MOST_BYTES = 512 * 2 ** 20;
const PICTURE = /\.(png|tiff?)$/i;

/** Every file of what was dropped, folders opened: [file, path] each. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push([file, entry.fullPath.replace(/^\//, "")]);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

const listed = (files) => [...files].map((file) => [file, file.webkitRelativePath || file.name]);

/** `say` tells the reader a sentence, `added` is called when something came. */
export function connectUpload(say, added) {
  const take = (files) => send(files, say, added);
  for (const [button, input] of [["add", "files"], ["add-folder", "folder"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", (event) => {
      const files = listed(event.target.files);
      event.target.value = ""; // before anything is waited for: others may be chosen meanwhile
      take(files);
    });
  }
  const drop = byId("drop");
  let depth = 0;
  const over = (by) => {
    depth = Math.max(0, depth + by);
    drop.hidden = !depth;
  };
  addEventListener("dragenter", () => over(1));
  addEventListener("dragleave", () => over(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    drop.hidden = true;
    await take(await dropped(event.dataTransfer));
  });
}

/** A field for a length. */
function millimetres(title) {
  const input = el("input", { type: "number", min: 0, max: 1000, step: "any", inputmode: "decimal" });
  return { input, label: el("label", { class: "title" }, `${title}, mm `, input) };
}

async function send(files, say, added) {
  if (!files.length) return;
  if (files.reduce((sum, [file]) => sum + file.size, 0) > MOST_BYTES) {
    say("These files are larger than 512 MiB together; add the study's folder with --data instead.");
    return;
  }
  try {
    if (files.length === 1 && files[0][1].endsWith(".json")) {
      await api.importSession(JSON.parse(await files[0][0].text()));
      say("The reading was taken in.");
    } else {
      const name = el("input", { type: "text", maxlength: 60, autocomplete: "off" });
      const count = `${files.length} file${files.length === 1 ? "" : "s"}`;
      const pictures = files.every(([, path]) => PICTURE.test(path));
      const lengths = pictures ? [millimetres("Pixel size"), millimetres("From slice to slice")] : [];
      const taken = await form("Add a study", [
        el("label", { class: "title" }, "Name on the worklist ", name),
        el("p", { class: "faint" }, `${count}. Never a patient's name; left empty, one is made up.`),
        ...lengths.map(({ label }) => label),
        pictures ? el("p", { class: "faint" }, "Pictures do not say how large they are. Without both lengths there are percent, no grams.") : null,
      ], "Add");
      if (!taken) return;
      const [pixel, step] = lengths.map(({ input }) => input.value);
      if (Boolean(pixel) !== Boolean(step)) {
        say("Nothing was added: give the pixel size and the distance of slices, or neither.");
        return;
      }
      say(`Adding ${count} …`);
      await api.upload(files, name.value.trim(), pixel && [pixel, pixel, step].join(","));
      say("The study was added.");
    }
    await added();
  } catch (error) {
    say(error instanceof SyntaxError ? "This file is no reading that was exported here." : error.message);
  }
}
