/**
 * What a reader waits for, as the page itself sees it; added to every page by reader_browser.py.
 *
 * The page announces each picture it draws with the event `drawn`, in an animation frame. A picture
 * counts as painted when the next frame begins: the browser starts none before it has taken the
 * one before over for painting.
 */
(() => {
  const measured = { prompts: [], slices: [], clicked: Number(sessionStorage.getItem("clicked")) };
  let requested = null;
  let shown = null;
  let answered = () => {};
  let possible = () => {};
  window.measured = measured;
  measured.possible = new Promise((resolve) => (possible = resolve));
  performance.setResourceTimingBufferSize(100_000);

  /** Resolves with the milliseconds of the next prompt: from letting go to its mask's frame. */
  measured.next = () => new Promise((resolve) => (answered = resolve));

  const wall = (now) => performance.timeOrigin + now;
  addEventListener("click", (event) => sessionStorage.setItem("clicked", wall(event.timeStamp)), true);
  addEventListener(
    "pointerup",
    (event) => {
      const labels = window.lgescar?.stage.view?.labels;
      if (labels) requested = { at: event.timeStamp, labels };
    },
    true,
  );

  /** The edit that was sent and answered since, if any. */
  const sentSince = (at) =>
    performance
      .getEntriesByType("resource")
      .filter(({ name, requestStart }) => name.endsWith("/events") && requestStart >= at)
      .at(-1);

  function parts(at, sent, painted) {
    return {
      whole_ms: painted - at,
      sending_ms: sent.requestStart - at,
      server_ms: sent.responseEnd - sent.requestStart,
      drawing_ms: painted - sent.responseEnd,
    };
  }

  /** The browser reports a request some time after its answer was used. */
  function evaluate(prompt, painted, patience = 20) {
    if (requested !== prompt) return;
    const sent = sentSince(prompt.at);
    if (!sent && patience) setTimeout(evaluate, 10, prompt, painted, patience - 1);
    if (!sent || sent.responseEnd > painted) return;
    requested = null;
    measured.answered ??= wall(painted);
    const found = parts(prompt.at, sent, painted);
    measured.prompts.push(found);
    answered(found.whole_ms);
  }

  addEventListener("drawn", ({ target, detail }) => {
    if (target.id !== "stage") return;
    const { reading } = window.lgescar;
    const prompt = requested && detail.labels && detail.labels !== requested.labels ? requested : null;
    const fresh = reading.index !== shown;
    shown = reading.index;
    requestAnimationFrame(() => {
      const now = performance.now();
      if (detail.pictured) measured.picture ??= wall(now);
      if (detail.pictured && fresh) measured.slices.push(now);
      if (detail.pictured && detail.labels && !measured.ready) {
        measured.ready = wall(now);
        possible();
      }
      if (prompt) evaluate(prompt, now);
    });
  });
})();
