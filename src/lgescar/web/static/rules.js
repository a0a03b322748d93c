/** Threshold rules as readers call them; the name of docs/explain/thresholds.md stays the value. */

const TITLES = {
  "fwhm-maximum": ["FWHM max", "FWHM of the maximum"],
  "fwhm-range": ["FWHM range", "FWHM of the range"],
  "fwhm-remote": ["FWHM rem.", "FWHM from remote"],
  otsu: ["Otsu", "Otsu"],
  ewa: ["EWA", "EWA (weighted)"],
};

const deviations = (rule) => rule.replace(/^(\d+)sd$/, "$1 SD");

/** Short, for the head of a column. */
export const shortRule = (rule) => TITLES[rule]?.[0] ?? deviations(rule);

export const ruleTitle = (rule) => TITLES[rule]?.[1] ?? deviations(rule);

/** Choices of a list, in the server's order. */
export const ruleOptions = (rules, prefix = "") =>
  rules.map((rule) => new Option(ruleTitle(rule), prefix + rule));
