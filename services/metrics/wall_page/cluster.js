// A cluster's own page.

import { decomposition } from "./decomposition.js";
import { h } from "./dom.js";
import { amount, chance, completeness, known, percent, round, unitWord } from "./format.js";
import { secret } from "./marks.js";
import { fundsPanel, investmentPanel } from "./money.js";
import { range } from "./overview.js";
import { empty, figure, isMasked, panel, stamp, status, targetText, tone } from "./pieces.js";
import { projectsPanel } from "./projects.js";
import { drawTrajectory, legend } from "./trajectory.js";
import { INDICATORS, OUTLOOKS } from "./words.js";
import { drawYear } from "./year.js";

// `draw` fills the charts once the page is in the document.
export function clusterPage(store, now, view, course) {
  const trajectory = h("div.chart");
  const year = h("div.chart");
  const long = view.suppressed ? hidden() : trajectory;
  const short = view.suppressed ? hidden() : year;
  const target = view.target?.year ?? store.plan?.target_year;
  const element = h("article.cluster", { data: { unit: view.cluster } },
    head(store, view, now),
    view.suppressed ? maskedFigures(view) : figures(view),
    h("div.charts", {},
      panel(`走向${target}年目标`, { note: `近12个月合计，${unitWord(view.unit)}`,
        stamped: legend(["actual", "实际"], ["required", "应走路径"], ["fan", "预测与八成区间"]), kind: "way" }, long),
      panel(`${(view.period ?? "").slice(0, 4)}年累计`, { note: unitWord(view.unit),
        stamped: legend(["actual", "今年"], ["required", "应达"], ["before", "去年"]), kind: "year" }, short),
      decomposition(view, now)),
    h("div.side", {}, investmentPanel(view, now),
      fundsPanel(view, now), projectsPanel(view, now)));
  return { element, draw: () => drawCharts({ trajectory, year }, view, course) };
}

function drawCharts({ trajectory, year }, view, course) {
  if (view.suppressed) return;
  if (!drawTrajectory(trajectory, view, course)) trajectory.replaceChildren(empty("尚无可画的数据"));
  if (!drawYear(year, view, course.history)) year.replaceChildren(empty("今年尚无数据"));
}

function hidden() {
  return h("div.chart.hidden", {}, secret("不公开"), h("small", {}, "填报单位过少或过于集中，依统计法只显示是否达到进度"));
}

function head(store, view, now) {
  const body = store.units.get(view.cluster)?.accountable_body;
  const where = [store.name(view.region), INDICATORS[view.indicator], targetText(view),
    body ? `责任主体：${body}` : null];
  return h("header.head", {}, status(view),
    h("div.title", {}, h("h2.fit", {}, view.name), h("p.fit", {}, where.filter(Boolean).join(" · "))),
    h("div.coverage", {}, stamp(view, now), h("small", {}, coverageText(view))));
}

function coverageText(view) {
  const { expected = 0 } = view.enterprises ?? {};
  if (!expected) return "没有应报单位";
  return known(view.coverage) ? `报送率（按金额）${completeness(view.coverage)}` : "";
}

function figures(view) {
  const unit = unitWord(view.unit);
  const { forecast } = view;
  const months = view.months_since_on_track;
  const lag = view.on_track === false ? (months === null ? "有记录以来未达" : `已掉队${months}个月`) : "";
  return h("div.figures", {},
    figure(`累计（${unit}）`, amount(view.ytd, view.unit), { under: `当月 ${amount(view.month, view.unit) ?? "—"}` }),
    figure("可比增速", percent(view.ytd_growth, { signed: true }), { tone: view.ytd_growth < 0 ? "low" : "",
      hidden: isMasked(view, "growth"),
      under: view.catch_up_rate > 0 ? `追上需年增 ${percent(view.catch_up_rate)}` : "" }),
    figure(`差距（${unit}）`, amount(view.gap, view.unit, { signed: true }), { tone: view.colour === "grey" ? "" : tone(view.gap),
      under: known(view.required_ytd) ? `应达 ${amount(view.required_ytd, view.unit)}` : "" }),
    figure("进度比", known(view.ratio) ? view.ratio.toFixed(2).replace("-", "−") : null, { under: lag }),
    figure(forecast ? `${forecast.year}年预测` : "全年预测", amount(forecast?.median, view.unit),
      { under: range(forecast, view.unit) ?? "" }),
    figure("达标把握", chance(view.probability), { tone: `outlook ${view.outlook ?? ""}`.trim().replace(" ", "."),
      under: OUTLOOKS[view.outlook] ?? "" }));
}

// Of a confidential cluster all that may be said.
function maskedFigures(view) {
  const track = { true: "达到进度", false: "未达进度" }[view.on_track] ?? "暂不评价";
  return h("div.figures", {},
    figure(`${view.target?.year ?? ""}年目标`, round(view.target?.value, view.unit), { unit: unitWord(view.unit) }),
    figure("进度", track),
    ...["累计", "差距", "预测"].map((word) => figure(word, null, { hidden: true })));
}
