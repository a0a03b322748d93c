/** Minutes of active reading: the clock stands still after 30 seconds without a hand on anything. */

const IDLE_MS = 30_000;
const SEND_AFTER_S = 30;
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "keydown", "wheel"];

export class Timer extends EventTarget {
  /** `tick(seconds)` gets the active time every half minute, and whenever `flush` is called. */
  constructor(tick) {
    super();
    Object.assign(this, { tick, active_s: 0, unsent_s: 0, idle: false, alive: performance.now() });
    this.before = this.alive;
    for (const sign of SIGNS_OF_LIFE) {
      addEventListener(sign, () => (this.alive = performance.now()), { passive: true, capture: true });
    }
    setInterval(() => this.count(), 1000);
  }

  count() {
    const now = performance.now();
    const passed = (now - this.before) / 1000;
    this.before = now;
    this.idle = now - this.alive > IDLE_MS || document.hidden;
    // A machine that slept was not read at.
    if (!this.idle && passed < 5) {
      this.active_s += passed;
      this.unsent_s += passed;
    }
    if (this.unsent_s >= SEND_AFTER_S) this.flush();
    this.dispatchEvent(new Event("change"));
  }

  flush() {
    if (this.unsent_s < 1) return;
    this.tick(Math.round(this.unsent_s * 10) / 10);
    this.unsent_s = 0;
  }

  get text() {
    const whole = Math.floor(this.active_s);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }
}
