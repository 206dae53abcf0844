// The first page: every cluster with status, figures and forecast; the counties beside.

import { countyGrid } from "./counties.js";
import { h } from "./dom.js";
import { amount, chance, known, percent, unitWord } from "./format.js";
import { secret } from "./marks.js";
import { isMasked, stamp, status, targetText, tone } from "./pieces.js";
import { OUTLOOKS } from "./words.js";

export const ROWS = 16; // more clusters make a second page
const HEADINGS = ["状态", "集群", "累计 · 增速", "应达进度", "差距", "全年预测", "达标把握", "报送 · 时间"];
const WIDEST = 1.25; // the bar ends at 125 % of what is required

const seen = new Map();

export function overview(store, now, page = 0) {
  const clusters = store.clusters();
  const shown = clusters.slice(page * ROWS, (page + 1) * ROWS);
  const common = store.period();
  const region = store.region();
  const title = region ? `${store.name(region)}产业集群` : "县区、园区产业集群";
  const pages = Math.ceil(clusters.length / ROWS);
  const heading = h("div.row.head", { role: "row" },
    ...HEADINGS.map((text) => h("span", { role: "columnheader" }, text)));
  const rows = shown.map((view) => row(view, store, now, common));
  const table = h("div.rows", { role: "table", "aria-label": title, vars: { rows: shown.length } },
    heading, ...rows);
  const note = pages > 1 ? `${page + 1} / ${pages} · 金额：亿元` : "金额：亿元";
  return h("div.overview", {},
    h("section.clusters", {}, h("h2", {}, title, h("small", {}, note)), table),
    countyGrid(store, now));
}

function row(view, store, now, common) {
  const place = `${store.name(view.region)} · ${targetText(view)}`;
  const line = h(`a.row.${view.colour}`, {
    role: "row", href: `#/cluster/${encodeURIComponent(view.cluster)}`, data: { unit: view.cluster },
  },
  h("span", { role: "cell" }, status(view)),
  h("span.name", { role: "cell" }, h("b.fit", {}, view.name), h("small.fit", {}, place)),
  ...(view.suppressed ? [masked()] : figures(view)),
  h("span.when", { role: "cell" }, stamp(view, now, { period: view.period !== common, common })));
  if (moved(view)) line.classList.add("moved");
  return line;
}

function masked() {
  return h("span.masked", { role: "cell" }, secret("不公开"), h("small", {}, "依统计法只显示是否达到进度"));
}

function figures(view) {
  const unit = view.unit === "CNY" ? "" : unitWord(view.unit);
  const forecast = view.forecast;
  return [
    cell(amount(view.ytd, view.unit),
      isMasked(view, "growth") ? "增速不公开" : percent(view.ytd_growth, { signed: true }), "",
      tone(view.ytd_growth), unit),
    h("span.way", { role: "cell" }, bar(view)),
    cell(amount(view.gap, view.unit, { signed: true }),
      known(view.required_ytd) ? `应达 ${amount(view.required_ytd, view.unit)}` : null,
      view.colour === "grey" ? "" : tone(view.gap)), // what is not judged is neither good nor bad
    cell(amount(forecast?.median, view.unit), range(forecast, view.unit)),
    cell(OUTLOOKS[view.outlook] ?? null, chance(view.probability), `outlook ${view.outlook ?? ""}`),
  ];
}

function cell(text, under, kind = "", underKind = "", unit = "") {
  const value = text === null ? h("b.none", {}, "—") : h("b", {}, text, unit ? h("i", {}, unit) : null);
  const classes = ["span", "number", ...kind.split(" ")].filter(Boolean).join(".");
  return h(classes, { role: "cell" }, value, h(`small${underKind ? `.${underKind}` : ""}`, {}, under ?? ""));
}

export function range(forecast, unit) {
  if (!forecast || !known(forecast.p10)) return null;
  return `${amount(forecast.p10, unit, { digits: 1 })}–${amount(forecast.p90, unit, { digits: 1 })}`;
}

// How far the year-to-date has come towards what is required of it by now.
export function bar(view) {
  const share = view.required_ytd > 0 && known(view.ytd) ? view.ytd / view.required_ytd : null;
  if (share === null) return h("span.bar.unknown", {});
  const filled = Math.max(0, Math.min(share, WIDEST)) / WIDEST;
  return h("span.bar", {
    title: `应达的${percent(share, { digits: 0 })}`,
    vars: { part: `${filled * 100}%`, due: `${100 / WIDEST}%` },
  }, h("i", {}));
}

function moved(view) {
  const key = JSON.stringify([view.ytd, view.enterprises, view.colour, view.on_track, view.gap]);
  const before = seen.get(view.cluster);
  seen.set(view.cluster, key);
  return before !== undefined && before !== key;
}
