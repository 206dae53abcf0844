"use strict";
const YI = 1e8;
const WORDS = {
  achieved: "已达目标", on_track: "符合进度", behind: "略有滞后", far_behind: "明显滞后",
  moving_away: "背离目标", off_track: "未达进度", incomplete: "数据待齐", no_target: "未设目标",
  no_base: "缺少基数", too_early: "尚早", not_assessable: "暂不评价",
};
const OUTLOOKS = {
  likely: "很可能", uncertain: "难料", unlikely: "不太可能", very_unlikely: "很不可能",
};
const HEADINGS = ["", "状态", "累计 / 当月", "可比增速", "差距 / 应达", "全年预测", "达标把握",
  "投资 / 增速", "报送率", "数据"];
const LEFT = new Set([0, 1, 8]);
const names = new Map();

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

function number(label, text, className, hidden, under) {
  const cell = make("td", "num " + (className || ""));
  cell.setAttribute("role", "cell");
  cell.dataset.label = label;
  if (text === null) {
    cell.append(make("span", "null", hidden ? "不公开" : "—"));
  } else {
    cell.append(make("b", "", text));
    if (under) cell.append(make("small", "", under));
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
  const cell = make("td", "verdict " + view.colour);
  cell.title = grounds(view);
  cell.setAttribute("role", "cell");
  cell.append(make("b", "", view.colour === "blue" ? "预警" : WORDS[view.verdict] || view.verdict));
  if (view.last_judged) {
    const month = Number(view.last_judged.period.slice(5));
    cell.append(make("span", "", `${month}月:${WORDS[view.last_judged.verdict]}`));
  } else if (view.ratio !== null) {
    cell.append(make("span", "", `进度比 ${view.ratio.toFixed(2)}${offTrack(view)}`));
  }
  return cell;
}

function offTrack(view) {
  if (view.on_track !== false) return "";
  const months = view.months_since_on_track;
  return months === null ? " · 一直未达" : ` · 掉队${months}个月`;
}

function grounds(view) {
  const parts = [`计划版本 ${view.plan_version}`];
  if (view.base) parts.push(`基数 ${view.base.year}年（${view.base.source}）`);
  if (view.path) parts.push(`路径 ${view.path}`);
  if (view.catch_up_rate !== null) parts.push(`此后每年需增 ${percent(view.catch_up_rate, true)}`);
  if (view.on_track === false && view.months_since_on_track === null) parts.push("有记录以来未达进度");
  if (view.reasons.length) parts.push(view.reasons.join(" "));
  return parts.join("\n");
}

function range(forecast) {
  if (!forecast || forecast.p10 === null) return "";
  const ends = [forecast.p10, forecast.p90].map((end) => (end / YI).toFixed(end / YI < 100 ? 1 : 0));
  return `（${ends.join("–")}）`;
}

function outlook(view) {
  const word = OUTLOOKS[view.outlook];
  const cell = number("达标把握", word || null, view.outlook || "", view.suppressed,
    word ? chance(view.probability) : "");
  if (word && view.forecast_current === false) cell.title = "数据已更新,正在重新测算";
  return cell;
}

function chance(probability) {
  if (probability < 0.01) return "不到1%";
  return probability > 0.99 ? "99%以上" : Math.round(probability * 100) + "%";
}

function investment(view) {
  const { ytd = null, growth = null } = view.investment || {};
  const cell = number("投资 / 增速", amount(ytd, "CNY"), "", view.suppressed || secret(view),
    percent(growth, true));
  if (growth !== null && growth < 0) cell.classList.add("shrinks");
  return cell;
}

const secret = (view) => view.reasons.includes("investment_confidential");

function coverage(view) {
  const cell = make("td", "cover");
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
  const line = make("tr", "row " + view.colour);
  line.setAttribute("role", "row");
  line.dataset.unit = view.cluster;
  const name = make("td", "name");
  name.setAttribute("role", "rowheader");
  name.append(make("b", "", view.name), make("span", "", subtitle(view)));
  const hidden = view.suppressed;
  const gap = view.gap === null ? "" : view.gap < 0 ? "behind" : "ahead";
  const growth = view.ytd_growth !== null && view.ytd_growth < 0 ? "behind" : "";
  const gapText = amount(view.gap, view.unit);
  const required = amount(view.required_ytd, view.unit);
  line.append(
    name, verdict(view),
    number("累计 / 当月", amount(view.ytd, view.unit), "", hidden,
      view.month === null ? "" : "当月 " + amount(view.month, view.unit)),
    number("可比增速", percent(view.ytd_growth, true), growth, hidden),
    number("差距 / 应达", gapText && view.gap > 0 ? "+" + gapText : gapText, gap, hidden,
      required && "应达 " + required),
    number("全年预测", amount(view.forecast && view.forecast.median, view.unit), "", hidden,
      range(view.forecast)),
    outlook(view), investment(view), coverage(view),
    number("数据", age(view.as_of), "age", false),
  );
  const key = JSON.stringify([view.ytd, view.enterprises, view.colour, view.on_track]);
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
