// Numbers, periods and ages as they are read in China. Null is not zero: it gives null.

const YI = 1e8;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

const known = (value) => value !== null && value !== undefined;

function grouped(value, digits) {
  const shown = Math.abs(value).toLocaleString("zh-CN", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const zero = Number(shown.replaceAll(",", "")) === 0;
  return { shown, sign: zero ? "" : value < 0 ? "−" : "+" };
}

function digitsOf(value) {
  return Math.abs(value) < 99.995 ? 2 : 1;
}

// Money in 亿; counts as they are; `signed` shows a plus.
export function amount(value, unit = "CNY", { signed = false, digits = null } = {}) {
  if (!known(value)) return null;
  const scaled = value / scaleOf(unit);
  const kept = digits ?? (unit === "CNY" || unit === "kWh" ? digitsOf(scaled) : 0);
  const { shown, sign } = grouped(scaled, kept);
  return sign === "−" || signed ? sign + shown : shown;
}

export function scaleOf(unit) {
  return { CNY: YI, USD: YI, kWh: YI }[unit] ?? 1;
}

export function unitWord(unit) {
  return { CNY: "亿元", USD: "亿美元", kWh: "亿千瓦时", person: "人" }[unit] ?? "";
}

// A round target: 100 rather than 100.00.
export function round(value, unit = "CNY") {
  if (!known(value)) return null;
  return (value / scaleOf(unit)).toLocaleString("zh-CN", { maximumFractionDigits: 2 });
}

export function percent(value, { signed = false, digits = 1 } = {}) {
  if (!known(value)) return null;
  const { shown, sign } = grouped(value * 100, digits);
  return (sign === "−" || signed ? sign : "") + shown + "%";
}

export function chance(probability) {
  if (!known(probability)) return null;
  if (probability < 0.01) return "不到1%";
  return probability > 0.99 ? "99%以上" : `${Math.round(probability * 100)}%`;
}

// Completeness is never rounded up to 100 %.
export function completeness(coverage) {
  if (!known(coverage)) return null;
  const shown = Math.floor(coverage * 1000) / 10;
  return `${shown.toFixed(shown >= 100 ? 0 : 1)}%`;
}

export function period(text) {
  if (!text) return "尚无数据";
  const [year, month] = text.split("-").map(Number);
  return month === 2 ? `${year}年1—2月` : `${year}年${month}月`;
}

export function month(text) {
  const number = Number(text.slice(5, 7));
  return number === 2 ? "1—2月" : `${number}月`;
}

// The reporting period before: February's is December's.
export function periodBefore(text) {
  const [year, number] = text.split("-").map(Number);
  return number <= 2 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}

export function span(seconds) {
  if (seconds < MINUTE) return `${Math.max(0, Math.floor(seconds))}秒`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}分钟`;
  return seconds < 2 * DAY ? `${Math.floor(seconds / HOUR)}小时` : `${Math.floor(seconds / DAY)}天`;
}

export function ago(asOf, now) {
  if (!asOf) return null;
  const seconds = (now - Date.parse(asOf)) / 1000;
  return seconds < MINUTE ? "刚刚" : `${span(seconds)}前`;
}

const CHINA = { timeZone: "Asia/Shanghai" };

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("zh-CN", { ...CHINA, hour12: false });
}

// Day of a moment in China, such as 11月22日.
export function day(text) {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return "";
  return moment.toLocaleDateString("zh-CN", { ...CHINA, month: "long", day: "numeric" });
}

export { known };
