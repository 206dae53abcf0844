// Projects by stage, and those that stand still; the page of all clusters and a cluster's panel.

import { h } from "./dom.js";
import { amount, known, percent } from "./format.js";
import { mark, secret } from "./marks.js";
import { fundsPanel } from "./money.js";
import { empty, figure, isMasked, panel, stamp } from "./pieces.js";
import { CURRENCIES, STAGES } from "./words.js";

const ORDER = Object.keys(STAGES);
const ALWAYS = new Set(["signed", "started", "building", "completed", "producing"]);
const SHOWN_STALLED = 3;
const WHY = {
  not_started: "签约后未开工", no_progress: "投资无进展", past_due: "超过竣工期限",
};

export const byStage = (view) => view.projects?.by_stage ?? view.investment?.projects ?? null;

// Open projects that the API calls stalled.
export const stalled = (view) => view.projects?.stalled ?? [];

const why = (project) => project.stalled.map((word) => WHY[word] ?? word).join("、");

export function projectsPanel(view, now) {
  const stages = byStage(view);
  const stamped = stamp({ ...view, period: view.projects?.period ?? view.investment?.period ?? view.period, enterprises: null }, now);
  const head = { note: ["按阶段，个", contracted(view)].filter(Boolean).join("；"), stamped, kind: "projects" };
  if (!stages && isMasked(view, "investment")) return panel("项目", head, secret());
  if (!stages) return panel("项目", head, empty("尚无项目数据"));
  return panel("项目", head, lanes(stages), standing(view, SHOWN_STALLED));
}

function contracted(view) {
  const totals = Object.entries(view.projects?.contracted_total ?? {});
  const words = totals.map(([currency, total]) => `${amount(total)}${CURRENCIES[currency] ?? `亿${currency}`}`);
  if (isMasked(view, "contracts")) words.push("不公开");
  return words.length ? `签约总额${words.join("、")}` : null;
}

function lanes(stages) {
  const shown = ORDER.filter((stage) => ALWAYS.has(stage) || stages[stage]);
  return h("ol.lanes", { vars: { lanes: shown.length } }, ...shown.map((stage) => {
    const count = stages[stage] ?? 0;
    return h(`li${count ? "" : ".zero"}`, {}, h("b", {}, String(count)), h("span", {}, STAGES[stage]));
  }));
}

function standing(view, most) {
  const found = stalled(view);
  if (!view.projects) return null;
  if (!found.length) return h("p.calm", {}, mark("green"), "没有停滞项目");
  const rest = found.length - most;
  return h("ul.stalled", {}, ...found.slice(0, most).map(stalledLine),
    rest > 0 ? h("li.more", {}, `另有${rest}个停滞项目`) : null);
}

export function stalledLine(project) {
  return h("li", {}, mark("orange"), h("b", {}, `项目${String(project.subject ?? "").slice(-4).toUpperCase()}`),
    h("span", {}, `${STAGES[project.stage] ?? project.stage} · ${why(project)}`),
    h("small", {}, project.days ? `${project.days}天` : ""));
}

export function projectsPage(store, now) {
  const city = store.city();
  const clusters = store.clusters();
  return h("article.projects-page", {},
    h("section.matrix", {}, h("h2", {}, "项目看板", h("small", {}, "各集群项目数，按阶段")), matrix(store, clusters, now)),
    h("div.side", {}, ...(city ? [cityFigures(city, now), fundsPanel(city, now), projectsPanel(city, now)] : []), stalledPanel(store, clusters)));
}

function cityFigures(city, now) {
  const stamped = stamp({ ...city, period: city.investment?.period ?? city.period, enterprises: null }, now);
  const head = { note: "亿元", stamped, kind: "investment" };
  if (isMasked(city, "investment")) return panel(`${city.name}投资`, head, secret());
  const found = city.investment;
  if (!found) return panel(`${city.name}投资`, head, empty("尚无投资数据"));
  return panel(`${city.name}投资`, head, h("div.figures", {},
    figure("本年完成", amount(found.ytd), { under: known(found.growth) ? `同比 ${percent(found.growth, { signed: true })}` : "" }),
    figure("开工以来", amount(found.since_start)), figure("计划总投资", amount(found.planned_total))));
}

function matrix(store, clusters, now) {
  const shown = ORDER.filter((stage) => ALWAYS.has(stage) || clusters.some((view) => byStage(view)?.[stage]));
  const most = Math.max(1, ...clusters.flatMap((view) => Object.values(byStage(view) ?? {})));
  const head = h("div.row.head", {}, h("span", {}, "集群"), ...shown.map((stage) => h("span", {}, STAGES[stage])),
    h("span", {}, "投资"), h("span", {}, "时间"));
  return h("div.board", { vars: { stages: shown.length, rows: clusters.length } }, head,
    ...clusters.map((view) => matrixRow(store, view, shown, most, now)));
}

function matrixRow(store, view, shown, most, now) {
  const stages = byStage(view);
  const name = h("span.name", {}, h("b.fit", {}, view.name), h("small", {}, store.name(view.region)));
  const age = stamp({ ...view, period: view.investment?.period ?? view.period, enterprises: null }, now);
  const cells = stages
    ? shown.map((stage) => count(stages[stage] ?? 0, most))
    : [h("span.wide", {}, isMasked(view, "investment") ? secret() : h("span.none", {}, "没有在库项目"))];
  const money = isMasked(view, "investment") ? (stages ? secret() : "") : amount(view.investment?.ytd) ?? "—";
  return h("a.row", { href: `#/cluster/${encodeURIComponent(view.cluster)}`, data: { unit: view.cluster } },
    name, ...cells, h("span.money", {}, money), h("span.when", {}, age));
}

function count(number, most) {
  return h(`span.count${number ? "" : ".zero"}`, { vars: { part: String(number / most) } }, h("b", {}, String(number)));
}

function stalledPanel(store, clusters) {
  const open = clusters.filter((view) => view.projects && !view.suppressed);
  const found = open.flatMap((view) => stalled(view).map((project) => ({ ...project, view })));
  const head = { note: "签约未开工、投资无进展或超期", kind: "projects" };
  if (!open.length) return panel("停滞项目", head, empty("尚无项目进展数据"));
  if (!found.length) return panel("停滞项目", head, h("p.calm", {}, mark("green"), "没有停滞项目"));
  const lines = found.slice(0, 8).map((project) => {
    const line = stalledLine(project);
    line.append(h("small.where", {}, `${store.name(project.view.region)} ${project.view.name}`));
    return line;
  });
  return panel(`停滞项目 ${found.length}`, head, h("ul.stalled", {}, ...lines));
}
