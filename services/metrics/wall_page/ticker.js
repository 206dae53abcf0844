// The line of alerts; without an alerts service it names what is off track.

import { byId, fit, h } from "./dom.js";
import { day, month } from "./format.js";
import { mark } from "./marks.js";
import { targetText } from "./pieces.js";
import { REASONS, RULES, statusWord } from "./words.js";

const EACH_MS = 6000;
const LEVELS = { red: "红色", orange: "橙色", yellow: "黄色", blue: "蓝色" };
const ORDER = ["red", "orange", "yellow", "blue"];

export class TickerLine {
  constructor(store) {
    this.store = store;
    this.index = 0;
    setInterval(() => this.turn(), EACH_MS);
  }

  turn() {
    this.index += 1;
    this.draw();
  }

  draw() {
    const { head, lines, warning } = contents(this.store);
    const line = lines.length ? lines[this.index % lines.length] : h("span.calm", {}, "当前没有预警");
    const place = lines.length ? ` ${(this.index % lines.length) + 1}/${lines.length}` : "";
    byId("ticker").replaceChildren(...[h("b.head", {}, head + place), warning, line].filter(Boolean));
    fit(byId("ticker"));
  }
}

function contents(store) {
  const region = store.region();
  const here = (item) => !region || item.region === region;
  if (!store.ticker || store.ticker.state === "off") {
    const off = store.clusters().filter((view) => ORDER.includes(view.colour));
    off.sort((one, other) => ORDER.indexOf(one.colour) - ORDER.indexOf(other.colour));
    return { head: "关注", lines: off.map((view) => standing(view, store)), warning: null };
  }
  const items = store.ticker.items.filter(here);
  const warning = store.ticker.state === "unreachable" ? h("span.warning", {}, "预警服务未响应") : null;
  return { head: "预警", lines: items.map((item) => alertLine(item, store)), warning };
}

function alertLine(item, store) {
  const what = item.suppressed ? "未达进度（不公开）" : RULES[item.rule] ?? item.rule;
  const why = REASONS[item.reason];
  const taken = item.acknowledged_by ? h("span.taken", {}, `已认领：${item.acknowledged_by}`) : null;
  return h(`span.item.${item.colour}`, {},
    mark(item.colour), h("b", {}, LEVELS[item.colour] ?? "预警"),
    h("span.what.fit", {}, `${store.name(item.region)} ${item.name}：${what}${why && why !== what ? `，${why}` : ""}`),
    h("small", {}, [item.period ? month(item.period) : "", `${day(item.starts_at)}起`].filter(Boolean).join(" · ")),
    taken);
}

function standing(view, store) {
  return h(`span.item.${view.colour}`, {}, mark(view.colour), h("b", {}, statusWord(view)),
    h("span.what", {}, `${store.name(view.region)} ${view.name}`), h("small", {}, targetText(view)));
}
