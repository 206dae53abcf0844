"use strict";
const EVERY_MS = 3000;
const STALE_MS = 15000;
const AGE_MS = 60000;
const YI = 1e8;
const WORDS = {
  achieved: "已达目标", on_track: "符合进度", behind: "略有滞后", far_behind: "明显滞后",
  moving_away: "背离目标", off_track: "未达进度", incomplete: "数据待齐", no_target: "未设目标",
  no_base: "缺少基数", too_early: "尚早", not_assessable: "暂不评价",
};
const STAGES = [["green", "达标、符合进度"], ["blue", "预警"], ["yellow", "略有滞后"],
  ["orange", "明显滞后"], ["red", "背离目标"], ["grey", "暂不评价"]];
const HEADINGS = ["", "状态", "当月", "累计", "可比增速", "应达累计", "差距", "报送率", "数据"];
const plan = new URLSearchParams(location.search).get("plan");
const names = new Map();
const seen = new Map();
let tag = null;
let views = [];
let drawnAt = 0;
let shownPlan = null;
let lastAnswer = Date.now();

const byId = (id) => document.getElementById(id);

function make(kind, className, text) {
  const element = document.createElement(kind);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function amount(value, unit) {
  if (value === null || value === undefined) return null;
  if (unit !== "CNY") return value.toLocaleString("zh-CN");
  const size = Math.abs(value / YI);
  return (value / YI).toLocaleString("zh-CN", {
    minimumFractionDigits: size < 100 ? 2 : 1, maximumFractionDigits: size < 100 ? 2 : 1,
  });
}

function percent(value, signed) {
  if (value === null || value === undefined) return null;
  const sign = signed && value > 0 ? "+" : "";
  return sign + (value * 100).toFixed(1) + "%";
}

function number(label, text, className, hidden) {
  const cell = make("div", "num " + (className || ""));
  cell.setAttribute("role", "cell");
  cell.dataset.label = label;
  if (text === null) {
    cell.append(make("span", "null", hidden ? "不公开" : "—"));
  } else {
    cell.append(text);
  }
  return cell;
}

function age(asOf) {
  if (!asOf) return null;
  const hours = Math.max(0, (Date.now() - Date.parse(asOf)) / 3.6e6);
  if (hours < 1) return Math.floor(hours * 60) + "分钟";
  return hours < 48 ? Math.floor(hours) + "小时" : Math.floor(hours / 24) + "天";
}

function verdict(view) {
  const cell = make("div", "verdict " + view.colour);
  cell.setAttribute("role", "cell");
  cell.append(make("b", "", view.colour === "blue" ? "预警" : WORDS[view.verdict] || view.verdict));
  if (view.last_judged) {
    const month = Number(view.last_judged.period.slice(5));
    cell.append(make("span", "", `${month}月:${WORDS[view.last_judged.verdict]}`));
  } else if (view.ratio !== null) {
    cell.append(make("span", "", "进度比 " + view.ratio.toFixed(2)));
  }
  return cell;
}

function coverage(view) {
  const cell = make("div", "cover");
  cell.setAttribute("role", "cell");
  cell.dataset.label = "报送率";
  const { expected, reporting } = view.enterprises;
  if (view.coverage === null) {
    cell.append(make("span", "null", view.suppressed ? "不公开" : "—"));
  } else {
    const bar = make("i", view.coverage >= 0.95 ? "full" : "");
    bar.style.setProperty("--part", Math.min(100, view.coverage * 100) + "%");
    const shown = Math.floor(view.coverage * 1000) / 10;
    cell.append(bar, make("span", "", shown.toFixed(shown === 100 ? 0 : 1) + "%"));
  }
  if (expected) cell.append(make("small", "", `已报 ${reporting} / 应报 ${expected}`));
  return cell;
}

function row(view) {
  const line = make("div", "row " + view.colour);
  line.setAttribute("role", "row");
  const name = make("div", "name");
  name.setAttribute("role", "rowheader");
  name.append(make("b", "", view.name), make("span", "", subtitle(view)));
  const hidden = view.suppressed;
  const gap = view.gap === null ? "" : view.gap < 0 ? "behind" : "ahead";
  const growth = view.ytd_growth !== null && view.ytd_growth < 0 ? "behind" : "";
  const gapText = amount(view.gap, view.unit);
  line.append(
    name, verdict(view),
    number("当月", amount(view.month, view.unit), "", hidden),
    number("累计", amount(view.ytd, view.unit), "", hidden),
    number("可比增速", percent(view.ytd_growth, true), growth, hidden),
    number("应达累计", amount(view.required_ytd, view.unit), "", hidden),
    number("差距", gapText && view.gap > 0 ? "+" + gapText : gapText, gap, hidden),
    coverage(view),
    number("数据", age(view.as_of), "null", false),
  );
  const key = JSON.stringify([view.ytd, view.enterprises, view.verdict, view.on_track]);
  const before = seen.get(view.cluster);
  if (before !== undefined && before !== key) line.classList.add("moved");
  seen.set(view.cluster, key);
  return line;
}

function subtitle(view) {
  const parts = [];
  if (view.kind === "cluster") parts.push(names.get(view.region) || view.region);
  if (view.target && view.target.value !== null) {
    const sign = view.target.comparator === ">" ? "突破" : "达到";
    parts.push(`${view.target.year}年${sign}${Math.round(view.target.value / YI)}亿`);
  } else if (view.kind === "cluster" || view.kind === "industry") {
    parts.push("目标未公布");
  }
  if (view.period && view.period !== commonPeriod) parts.push(`${view.period} 数据`);
  return parts.join(" · ");
}

let commonPeriod = null;

function headings() {
  const line = make("div", "row head");
  line.setAttribute("role", "row");
  HEADINGS.forEach((text, index) => {
    const cell = make("div", index === 7 ? "cover" : index > 1 ? "num" : "", text);
    cell.setAttribute("role", "columnheader");
    line.append(cell);
  });
  return line;
}

function summarise(clusters) {
  const items = STAGES.map(([colour, word]) => {
    const item = make("li", colour);
    const count = clusters.filter((view) => view.colour === colour).length;
    item.append(make("b", "", String(count)), make("span", "", word));
    return count || colour !== "blue" ? item : null;
  });
  byId("summary").replaceChildren(...items.filter(Boolean));
}

function periodText(period) {
  if (!period) return "尚无数据";
  const [year, month] = period.split("-").map(Number);
  return month === 2 ? `${year}年1—2月` : `${year}年${month}月`;
}

function draw() {
  drawnAt = Date.now();
  views.forEach((view) => names.set(view.cluster, view.name));
  commonPeriod = views.reduce((newest, view) => view.period > newest ? view.period : newest, "");
  byId("period").textContent = periodText(commonPeriod);
  for (const kind of ["cluster", "industry", "region"]) {
    const shown = views.filter((view) => view.kind === kind
      || (kind === "region" && view.kind === "city"));
    byId(kind).replaceChildren(headings(), ...shown.map(row));
  }
  summarise(views.filter((view) => view.kind === "cluster"));
}

async function showPlan(id) {
  if (shownPlan === id) return;
  const answer = await fetch("api/v1/plans?limit=1000");
  const { items } = await answer.json();
  const chosen = items.find((item) => item.plan === id);
  if (chosen) byId("plan").textContent = `${chosen.target_year}年目标 · ${chosen.title}`;
  shownPlan = id;
}

async function refresh() {
  try {
    const query = new URLSearchParams({ limit: "1000", ...(plan ? { plan } : {}) });
    const answer = await fetch("api/v1/clusters?" + query,
      { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      views = (await answer.json()).items;
      draw();
      if (views.length) await showPlan(views[0].plan);
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    } else if (Date.now() - drawnAt > AGE_MS) {
      draw(); // the data have grown older
    }
    lastAnswer = Date.now();
  } catch (error) {
    tag = null;
  }
  const late = Date.now() - lastAnswer;
  const status = byId("updated");
  status.classList.toggle("stale", late > STALE_MS);
  status.textContent = late > STALE_MS
    ? `连接中断,以下为 ${Math.round(late / 1000)} 秒前的数据`
    : `自动更新 · ${new Date(lastAnswer).toLocaleTimeString("zh-CN", { hour12: false })}`;
  setTimeout(refresh, EVERY_MS);
}

refresh();
