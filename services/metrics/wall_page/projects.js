// Projects by stage, and those that stand still; the page of all clusters and a cluster's panel.

import { h } from "./dom.js";
import { amount } from "./format.js";
import { mark, secret } from "./marks.js";
import { fundsPanel, investmentPanel } from "./money.js";
import { empty, isMasked, panel, stamp } from "./pieces.js";
import { CURRENCIES, STAGES } from "./words.js";

const ORDER = Object.keys(STAGES);
const ALWAYS = new Set(["signed", "started", "building", "completed", "producing"]);
const OF_ONE = 2;
const OF_ALL = 5;
const WHY = {
  not_started: "签约后未开工", no_progress: "投资无进展", past_due: "超过竣工期限",
};

export const byStage = (view) => view.projects?.by_stage ?? view.investment?.projects ?? null;

// Open projects that the API calls stalled.
export const stalled = (view) => view.projects?.stalled ?? [];

const why = (project) => project.stalled.map((word) => WHY[word] ?? word).join("、");

// A cluster's projects, with those that stand still.
export function projectsPanel(view, now) {
  return board("项目", view, now, view.projects ? standing(stalled(view).map((project) => stalledLine(project)), OF_ONE) : null);
}

function board(title, view, now, below) {
  const stages = byStage(view);
  const stamped = stamp({ ...view, period: view.projects?.period ?? view.investment?.period ?? view.period, enterprises: null }, now);
  const head = { note: ["按阶段，个", contracted(view)].filter(Boolean).join("；"), stamped, kind: "projects" };
  if (stages) return panel(title, head, lanes(stages), below);
  return panel(title, head, isMasked(view, "investment") ? secret() : empty("尚无项目数据"), below);
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

function standing(lines, most) {
  if (!lines.length) return h("p.calm", {}, mark("green"), "没有停滞项目");
  const rest = lines.length - most;
  return h("ul.stalled", {}, ...lines.slice(0, most), rest > 0 ? h("li.more", {}, `另有${rest}个停滞项目`) : null);
}

// Projects have no names outside ingest: the end of the token tells two of them apart.
const tokenOf = (project) => `项目${project.subject.slice(-4).toUpperCase()}`;

function stalledLine(project, title = tokenOf(project), more = []) {
  const words = [...more, STAGES[project.stage] ?? project.stage, why(project)].join(" · ");
  return h("li", {}, mark("orange"), h("span.what", {}, h("b.fit", {}, title), h("small.fit", {}, words)),
    h("b.days", {}, `${project.days}天`));
}

export function projectsPage(store, now) {
  const clusters = store.clusters();
  const whole = store.view(store.region()) ?? store.city();
  return h("article.projects-page", {},
    h("section.matrix", {}, h("h2", {}, "项目看板", h("small", {}, "各集群项目数，按阶段")), matrix(store, clusters, now)),
    h("div.side", {}, ...(whole
      ? [investmentPanel(whole, now), fundsPanel(whole, now), board(`${whole.name}项目`, whole, now, standing(allStalled(store, clusters), OF_ALL))]
      : [empty("规划没有全市指标")])));
}

// Those of all clusters that may be shown, the longest first.
function allStalled(store, clusters) {
  const found = clusters.filter((view) => !view.suppressed)
    .flatMap((view) => stalled(view).map((project) => ({ ...project, view })));
  found.sort((one, other) => other.days - one.days);
  return found.map((project) =>
    stalledLine(project, `${store.name(project.view.region)} ${project.view.name}`, [tokenOf(project)]));
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
