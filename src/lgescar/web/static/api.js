/** The server's interface, one function a route; nothing else in these pages calls fetch. */

export class ApiError extends Error {
  /** `status` 0 means that the server did not answer; `body` is its JSON. */
  constructor(status, body) {
    super(body.error || "The server gave no reason.");
    this.status = status;
    this.body = body;
  }
}

const UNREACHED = { error: "The server does not answer. Is lgescar serve still running?" };

async function ask(path, { body, form, keepalive = false, binary = false } = {}) {
  const request = { credentials: "same-origin", keepalive };
  if (body !== undefined) {
    request.method = "POST";
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  } else if (form) {
    request.method = "POST";
    request.body = form;
  }
  let answer;
  try {
    answer = await fetch(path, request);
    if (answer.ok) return await (binary ? answer.arrayBuffer() : answer.json());
  } catch {
    throw new ApiError(0, UNREACHED);
  }
  throw new ApiError(answer.status, await answer.json().catch(() => ({})));
}

const session = (id, rest = "") => `/api/sessions/${encodeURIComponent(id)}${rest}`;

export const me = () => ask("/api/me");
export const signIn = (reader) => ask("/api/me", { body: { reader } });
export const worklist = () => ask("/api/worklist");
export const startSession = (study, number = 1) => ask("/api/sessions", { body: { study, number } });
export const importSession = (content) => ask("/api/sessions/import", { body: content });
export const thumbnail = (study) => `/api/studies/${encodeURIComponent(study)}/thumbnail.png`;

/** `files` are [file, path within its folder]; `name` is what the list calls the study. */
export function upload(files, name, spacing) {
  const form = new FormData();
  if (name) form.append("name", name);
  if (spacing) form.append("spacing_mm", spacing);
  for (const [file, path] of files) form.append("file", file, path);
  return ask("/api/uploads", { form });
}

export const openSession = (id) => ask(session(id));
export const slice = (id, index, automatic = false) =>
  ask(session(id, `/slices/${index}${automatic ? "?automatic=1" : ""}`));
export const sliceByRule = (id, index, rule) =>
  ask(session(id, `/slices/${index}?rule=${encodeURIComponent(rule)}`));
export const pixels = (id, index) => ask(session(id, `/slices/${index}/image`), { binary: true });
export const encoded = (id) => ask(session(id, "/encoded"));
export const numbers = (id, rule) =>
  ask(session(id, `/numbers${rule ? `?rule=${encodeURIComponent(rule)}` : ""}`));
export const sendEvents = (id, after, events, keepalive = false) =>
  ask(session(id, "/events"), { body: { after, events }, keepalive });
export const resultZip = (id) => session(id, "/result.zip");
export const sessionJson = (id) => session(id, "/session.json");
export const planReadings = (readers, studies, seed) =>
  ask("/api/readings", { body: { readers, studies, seed } });
