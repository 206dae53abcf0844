// Counties and parks as tiles: the score, and each cluster by its shape.

import { h } from "./dom.js";
import { period } from "./format.js";
import { mark } from "./marks.js";
import { stamp } from "./pieces.js";
import { statusWord } from "./words.js";

export function countyGrid(store, now) {
  const [whole, ...regions] = store.scores;
  const chosen = store.region();
  const tiles = regions.map((score) => tile(score, store, now, chosen));
  const note = whole?.period ? `综合得分 · ${period(whole.period)}` : "综合得分";
  return h("section.counties", {}, h("h2", {}, "县区与园区", h("small", {}, note)),
    h("div.tiles", { vars: { tiles: Math.ceil(tiles.length / 2) } }, ...tiles));
}

function tile(score, store, now, chosen) {
  const members = store.views.filter((view) => view.kind === "cluster" && view.region === score.unit);
  const view = store.view(score.unit);
  const classes = `section.tile${chosen === score.unit ? ".chosen" : ""}`;
  return h(classes, { data: { region: score.unit } },
    h("h3", {}, score.name),
    h("p.score", {}, h("b", {}, score.score === null ? "—" : score.score.toFixed(0)),
      h("small", {}, `已评${score.judged}/${score.of}`)),
    h("ul", {}, ...members.map(chip)),
    view ? stamp(view, now, { period: false }) : null);
}

function chip(view) {
  return h("li", {}, mark(view.colour), h("span", { title: statusWord(view) }, shortName(view.name)));
}

const shortName = (name) => name.replace(/(主导|首位)?产业$/u, "");
