// This year month by month: year-to-date, what is required of it, last year's, the forecast's fan.

import { area, axisLabel, chart, dot, line, theme } from "./charts.js";
import { known, scaleOf } from "./format.js";

const GATE = 0.95; // below it nothing is judged, and a total is only a part of itself

export const COMPLETE = (view) => !known(view.coverage) || view.coverage >= GATE;

// Axis and point labels: three figures are enough.
export function places(value) {
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = value.toFixed(digits).replace("-", "−");
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const monthOf = (period) => Number(period.slice(5, 7));
const DECEMBER = 12;

export function drawYear(element, view, history) {
  const scale = scaleOf(view.unit);
  const year = view.period?.slice(0, 4);
  const of = (wanted) => history.filter((past) => past.period?.startsWith(wanted));
  const points = (views, field) => views.filter((past) => known(past[field]))
    .map((past) => [monthOf(past.period), past[field] / scale]);
  const thisYear = of(year);
  const actual = points(thisYear.filter(COMPLETE), "ytd");
  const open = points(thisYear.filter((past) => !COMPLETE(past)), "ytd");
  if (!actual.length && !open.length) return null;
  const required = points(thisYear, "required_ytd");
  if (known(view.required_year) && required.length && required.at(-1)[0] < DECEMBER) {
    required.push([DECEMBER, view.required_year / scale]);
  }
  const before = points(of(String(Number(year) - 1)), "ytd");
  const style = theme();
  return chart(element, {
    ...axes(style), series: series(view, style, scale, { actual, open, required, before }),
  });
}

function axes(style) {
  return {
    grid: { left: 4.6 * style.rem, right: 1.6 * style.rem, top: 1 * style.rem, bottom: 2.4 * style.rem },
    xAxis: {
      type: "value", min: 2, max: DECEMBER, interval: 2, splitLine: { show: false },
      axisLine: { lineStyle: { color: style.line } }, axisTick: { show: false },
      axisLabel: axisLabel(style, { formatter: (month) => (month === 2 ? "1—2月" : `${month}月`) }),
    },
    yAxis: {
      type: "value", min: 0, splitNumber: 3, splitLine: { lineStyle: { color: style.line } },
      axisLabel: axisLabel(style, { formatter: (value) => places(value) }),
    },
  };
}

function series(view, style, scale, { actual, open, required, before }) {
  const { rem } = style;
  const found = [];
  if (before.length) found.push(line(before, { colour: style.faint, width: 0.12 * rem }));
  if (required.length) {
    found.push(line(required, { colour: style.soft, width: 0.14 * rem, dash: [0.5 * rem, 0.4 * rem] }));
  }
  const last = actual.at(-1);
  const { forecast } = view;
  if (last && forecast && known(forecast.median) && last[0] < DECEMBER) {
    const [low, middle, high] = [forecast.p10, forecast.median, forecast.p90].map((v) => (known(v) ? v / scale : null));
    if (low !== null) found.push(area([last, [DECEMBER, high], [DECEMBER, low]], style.fan));
    found.push(line([last, [DECEMBER, middle]], { colour: style.text, width: 0.16 * rem, dash: [0.12 * rem, 0.3 * rem] }));
  }
  if (last) {
    found.push(line(actual, { colour: style.text, width: 0.26 * rem, z: 3 }));
    found.push(dot(last, { colour: style.hue(view.colour), size: 0.95 * rem }));
  }
  for (const point of open) found.push(dot(point, { colour: style.faint, size: 0.7 * rem, hollow: style.ground }));
  return found;
}
