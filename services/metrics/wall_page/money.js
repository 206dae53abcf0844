// Investment and funds received: two different things, never added up.

import { h } from "./dom.js";
import { amount, known, percent } from "./format.js";
import { secret } from "./marks.js";
import { empty, figure, isMasked, panel, stamp, tone } from "./pieces.js";
import { CURRENCIES, origin } from "./words.js";

const SHOWN_ORIGINS = 3;
export function investmentPanel(view, now) {
  const found = view.investment;
  const stamped = stamp({ ...view, period: found?.period ?? view.period, enterprises: null }, now);
  const head = { note: "在库项目固定资产投资，亿元", stamped, kind: "investment" };
  if (isMasked(view, "investment")) return panel("投资", head, secret());
  if (!found) return panel("投资", head, empty("尚无投资数据"));
  return panel("投资", head, h("div.figures", {},
    figure("本年完成", amount(found.ytd), { under: growth(found.growth), tone: tone(found.growth) === "low" ? "low-under" : "" }),
    figure("开工以来", amount(found.since_start),
      { under: known(found.completion) ? `完成${percent(found.completion, { digits: 0 })}` : "" }),
    figure("计划总投资", amount(found.planned_total))));
}

const growth = (value) => (known(value) ? `同比 ${percent(value, { signed: true })}` : "");

export function fundsPanel(view, now) {
  const blocks = view.funds ?? [];
  const stamped = stamp({ ...view, period: blocks[0]?.period ?? view.period, enterprises: null }, now);
  const head = { note: "按投资方所在地", stamped, kind: "funds" };
  const masked = isMasked(view, "funds") ? secret() : null;
  if (!blocks.length) return panel("到位资金", head, masked ?? empty("尚无到位资金数据"));
  const secretOrigins = isMasked(view, "origins");
  const most = blocks.length > 1 ? SHOWN_ORIGINS - 1 : SHOWN_ORIGINS;
  return panel("到位资金", head, ...blocks.map((block) => currency(block, secretOrigins, most)), masked);
}

function currency(block, secretOrigins, count) {
  const word = CURRENCIES[block.currency] ?? `亿${block.currency}`;
  const origins = Object.entries(block.by_origin ?? {}).sort(([, one], [, other]) => other.ytd - one.ytd);
  const shown = origins.slice(0, count);
  const rest = origins.slice(count).reduce((sum, [, figures]) => sum + figures.ytd, 0);
  const most = Math.max(1, ...shown.map(([, figures]) => figures.ytd), rest);
  const total = h("p.line", {}, h("b", {}, amount(block.total?.ytd), h("i", {}, word)),
    h("span", {}, growth(block.total?.growth)), h("span.right", {}, `${block.projects}个项目`));
  return h("div.currency", {}, total, planned(block.planned, word),
    originsOf(shown, rest, most, secretOrigins));
}

// What the plan's targets count: funds from the origins that it names.
function planned(figures, word) {
  if (!figures) return null;
  const words = [`计划内来源 ${amount(figures.ytd)}${word}`, growth(figures.growth)];
  return h("p.line", {}, words.filter(Boolean).join("，"));
}

function originsOf(shown, rest, most, secretOrigins) {
  if (!shown.length) return secretOrigins ? h("p.line", {}, secret("来源不公开")) : null;
  return h("ul.origins", {}, ...shown.map(([code, figures]) => bar(origin(code), figures.ytd, most)),
    rest ? bar("其他", rest, most) : null);
}

function bar(word, value, most) {
  return h("li", {}, h("span", {}, word), h("i", { vars: { part: `${(value / most) * 100}%` } }), h("b", {}, amount(value)));
}
