// The way to the target: twelve months' totals, the required path, the forecast with its fan.

import { area, axisLabel, chart, dot, line, theme } from "./charts.js";
import { h } from "./dom.js";
import { amount, known, round, scaleOf } from "./format.js";
import { COMPLETE, places } from "./year.js";

const at = (period) => {
  const [year, month] = period.split("-").map(Number);
  return year * 12 + month;
};
const endOf = (year) => year * 12 + 12;

export function legend(...entries) {
  return h("span.legend", {}, ...entries.map(([kind, text]) => h(`span.${kind}`, {}, h("i", {}), text)));
}

// Null where there is nothing to draw.
export function drawTrajectory(element, view, { history, path }) {
  const scale = scaleOf(view.unit);
  const required = path.map((point) => [at(point.period), point.value / scale]);
  const first = required.length ? required[0][0] : -Infinity;
  const rolled = history.filter((past) => known(past.rolling_year) && at(past.period) >= first);
  const actual = rolled.filter(COMPLETE).map((past) => [at(past.period), past.rolling_year / scale]);
  if (!actual.length && !required.length) return null;
  const style = theme();
  const open = rolled.filter((past) => !COMPLETE(past));
  const parts = { view, scale, style, required, actual, open };
  return chart(element, { ...axes(parts), series: series(parts) });
}

const ROOM = 0.3; // of the range, free below the lowest point

// A round number below all points, so that the way stands out; never below zero without need.
function floorOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = 10 ** Math.floor(Math.log10(high - low || high || 1));
  const wanted = Math.floor((low - ROOM * (high - low)) / step) * step;
  return low >= 0 ? Math.max(0, wanted) : wanted;
}

function axes({ style, required, actual }) {
  const all = [...required, ...actual].map(([x]) => x);
  const [from, to] = [Math.min(...all), Math.max(...all)];
  const start = Math.floor((from - 12) / 12) * 12 + 12;
  const end = Math.max(start + 12, Math.ceil((to - 12) / 12) * 12 + 12);
  return {
    grid: { left: 4.6 * style.rem, right: 9.5 * style.rem, top: 2.4 * style.rem, bottom: 2.6 * style.rem },
    xAxis: {
      type: "value", min: start, max: end, interval: 12, splitLine: { show: false },
      axisLine: { lineStyle: { color: style.line } }, axisTick: { show: true, lineStyle: { color: style.line } },
      axisLabel: axisLabel(style, { formatter: (value) => `${value / 12 - 1}年末` }),
    },
    yAxis: {
      type: "value", min: floorOf([...required, ...actual].map(([, y]) => y)), splitNumber: 4, splitLine: { lineStyle: { color: style.line } },
      axisLabel: axisLabel(style, { formatter: (value) => places(value) }),
    },
  };
}

function series({ view, scale, style, required, actual, open }) {
  const { rem } = style;
  const hue = style.hue(view.colour);
  const text = (words, colour, position, bold = false) => ({
    formatter: words, position, color: colour, fontSize: 1.25 * rem, fontFamily: style.font,
    fontWeight: bold ? 700 : 400, distance: 0.6 * rem,
  });
  const found = [];
  if (required.length) {
    found.push(line(required, { colour: style.soft, width: 0.14 * rem, dash: [0.5 * rem, 0.4 * rem] }));
  }
  const target = view.target;
  if (target && known(target.value) && target.year) {
    const words = `目标 ${round(target.value, view.unit)}`;
    found.push(dot([endOf(target.year), target.value / scale],
      { colour: style.text, size: 0.9 * rem, hollow: style.ground, label: text(words, style.text, "right", true) }));
  }
  const due = actual.length ? required.find(([month]) => month === actual.at(-1)[0]) : null;
  if (due) found.push(line([actual.at(-1), due], { colour: hue, width: 0.16 * rem }));
  found.push(...fan({ view, scale, style, required }, actual.at(-1), text));
  if (actual.length) {
    found.push(line(actual, { colour: style.text, width: 0.26 * rem, z: 3 }));
    found.push(dot(actual.at(-1), { colour: hue, size: 0.95 * rem,
      label: text(places(actual.at(-1)[1]), style.text, labelSide(required, actual.at(-1)), true) }));
  }
  for (const past of open) {
    found.push(dot([at(past.period), past.rolling_year / scale],
      { colour: style.faint, size: 0.7 * rem, hollow: style.ground }));
  }
  return found;
}

// The label keeps off the path: below it when behind, above when ahead.
function labelSide(required, [x, y]) {
  const due = required.find(([month]) => month === x);
  return due && due[1] > y ? "bottom" : "top";
}

function fan({ view, scale, style, required }, last, text) {
  const { forecast } = view;
  if (!forecast || !last || !known(forecast.median)) return [];
  const end = endOf(forecast.year);
  if (end <= last[0]) return [];
  const [low, middle, high] = [forecast.p10, forecast.median, forecast.p90].map((v) => (known(v) ? v / scale : null));
  const found = [];
  if (low !== null) found.push(area([last, [end, high], [end, low]], style.fan));
  found.push(line([last, [end, middle]],
    { colour: style.text, width: 0.16 * style.rem, dash: [0.12 * style.rem, 0.3 * style.rem] }));
  const words = `预测 ${amount(forecast.median, view.unit, { digits: 1 })}`;
  const label = { ...text(words, style.soft, "right"), offset: [0, isNear(required, end, middle) ? 1.6 * style.rem : 0] };
  found.push(dot([end, middle], { colour: style.text, size: 0.5 * style.rem, label }));
  return found;
}

const NEAR = 0.12; // of the path's rise: a label beside the point would lie on the path

function isNear(required, end, level) {
  const due = required.find(([month]) => month === end);
  if (!due) return false;
  return Math.abs(due[1] - level) < NEAR * Math.abs(required.at(-1)[1] - required[0][1]);
}
