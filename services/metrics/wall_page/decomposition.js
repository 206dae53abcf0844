// Where the change against last year comes from, part by part.

import { h } from "./dom.js";
import { amount, unitWord } from "./format.js";
import { secret } from "./marks.js";
import { empty, isMasked, panel, stamp } from "./pieces.js";

const PARTS = [
  ["continuing", "持续填报单位", 1], ["entries", "新纳入单位", 1], ["exits", "退出及未报单位", -1],
  ["restatement", "上年数订正", 1],
];

export function decomposition(view, now) {
  const found = view.decomposition;
  const stamped = stamp(view, now);
  if (isMasked(view, "changes")) return panel("增减来源", { stamped, kind: "parts" }, secret());
  if (!found) return panel("增减来源", { stamped, kind: "parts" }, empty("尚无上年数可比"));
  const parts = PARTS.map(([key, word, sign]) => [word, sign * found[key]]);
  const total = parts.reduce((sum, [, value]) => sum + value, 0);
  const widest = Math.max(1, ...parts.map(([, value]) => Math.abs(value)));
  return panel("增减来源", { note: `比上年同期，${unitWord(view.unit)}`, stamped, kind: "parts" },
    h("ul.parts-list", {}, ...parts.map(([word, value]) => part(word, value, widest, view.unit)),
      h("li.total", {}, h("span", {}, "合计"), h("i", {}), h("b", {}, amount(total, view.unit, { signed: true })))));
}

function part(word, value, widest, unit) {
  const share = (Math.abs(value) / widest) * 50;
  return h(`li${value < 0 ? ".low" : ""}`, {}, h("span", {}, word),
    h("i", { vars: { part: `${share}%` } }), h("b", {}, amount(value, unit, { signed: true })));
}
