// Small parts that several pages share: status, stamp of completeness and age, panels, figures.

import { h, svg } from "./dom.js";
import { ago, completeness, known, month, round, unitWord } from "./format.js";
import { mark, secret } from "./marks.js";
import { statusWord } from "./words.js";

export function status(view) {
  return h(`span.status.${view.colour}`, {}, mark(view.colour), h("b", {}, statusWord(view)));
}

const LENGTH = 2 * Math.PI * 7;

// A ring that fills with the share of expected reports that came.
function ring(share) {
  const filled = Math.max(0, Math.min(1, share)) * LENGTH;
  return svg("svg", { class: "ring", viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("circle", { cx: 10, cy: 10, r: 7 }),
    svg("circle", { class: share >= 1 ? "full" : "part", cx: 10, cy: 10, r: 7,
      "stroke-dasharray": `${filled} ${LENGTH}`, transform: "rotate(-90 10 10)" }));
}

// Beside every number: of which month, how many of the expected reports, how old.
export function stamp(view, now, { period = true, common = null } = {}) {
  const { expected = 0, reporting = 0 } = view.enterprises ?? {};
  const age = ago(view.as_of, now);
  const late = common && view.period && view.period !== common;
  const coverage = known(view.coverage) ? `，按金额${completeness(view.coverage)}` : "";
  return h("span.stamp", { title: `应报${expected}家，已报${reporting}家${coverage}` },
    period && view.period ? h(`span.of${late ? ".late" : ""}`, {}, month(view.period)) : null,
    expected ? h("span.came", {}, ring(reporting / expected), `${reporting}/${expected}`) : null,
    h("span.age", {}, age ?? "无报表"));
}

export function panel(title, { note = null, stamped = null, kind = "" } = {}, ...children) {
  const head = h("header", {}, h("h3", {}, title), note ? h("small", {}, note) : null, stamped);
  return h(`section.panel${kind ? `.${kind}` : ""}`, {}, head, ...children);
}

// A number with its unit, what it is, and a line below.
export function figure(label, text, { unit = "", under = null, tone = "", hidden = false } = {}) {
  const value = hidden ? secret() : text === null ? h("span.none", {}, "—")
    : h("b", {}, text, unit ? h("i", {}, unit) : null);
  return h(`div.figure${tone ? `.${tone}` : ""}`, {}, h("span.label-of", {}, label), value,
    h("small", {}, hidden ? "" : under ?? ""));
}

export function targetText(view) {
  if (!view.target || !known(view.target.value)) return "目标未公布";
  const { year, value, comparator } = view.target;
  const verb = comparator === ">" ? "突破" : comparator.startsWith("<") ? "不高于" : "达到";
  return `${year}年${verb}${round(value, view.unit)}${unitWord(view.unit)}`;
}

export const tone = (value) => (!known(value) || value === 0 ? "" : value < 0 ? "low" : "high");

const WORDS = {
  investment: "investment_confidential", funds: "funds_confidential", contracts: "contracts_confidential",
  origins: "funds_origins_confidential", growth: "growth_confidential", changes: "changes_confidential",
};

// Whether a part of an otherwise open unit is masked for itself.
export function isMasked(view, part) {
  if (view.suppressed || view.reasons.includes(WORDS[part])) return true;
  return part === "changes" && view.reasons.includes(WORDS.growth);
}

export function empty(text) {
  return h("p.empty", {}, text);
}
