// The race of counties and parks by score, like with like, and the clusters by their progress.

import { h } from "./dom.js";
import { known, period } from "./format.js";
import { mark, secret } from "./marks.js";
import { empty, stamp } from "./pieces.js";
import { statusWord } from "./words.js";

const WIDEST = 1.5; // the bar of a cluster ends at one and a half times the required progress

export function rankingPage(store, now) {
  const [whole, ...regions] = store.scores;
  const groups = grouped(regions, store);
  const earlier = new Map(store.before.map((score) => [score.unit, score]));
  const of = period(whole?.period);
  return h("article.ranking", {},
    h("section.race", {}, h("h2", {}, "县区、园区赛马榜", h("small", {}, `综合得分 · ${of}`)),
      ...[...groups].map(([title, scores]) => group(title, scores, earlier, store, now))),
    h("section.clusters-race", {}, h("h2", {}, "集群进度榜", h("small", {}, "进度比：实际增量 ÷ 应有增量，1 为刚好达到")),
      clusterList(store, now)));
}

// Counties race counties and parks race parks, by the plan's own words for them.
function grouped(scores, store) {
  const groups = new Map();
  for (const score of scores) {
    const title = store.units.get(score.unit)?.labels[0] ?? "县区、园区";
    groups.set(title, [...(groups.get(title) ?? []), score]);
  }
  return groups;
}

const byScore = (one, other) => (other.score ?? -1) - (one.score ?? -1) || one.unit.localeCompare(other.unit);

function ranks(scores) {
  const judged = [...scores].filter((score) => known(score.score)).sort(byScore);
  return new Map(judged.map((score) => [score.unit, 1 + judged.findIndex((other) => other.score === score.score)]));
}

function group(title, scores, earlier, store, now) {
  const places = ranks(scores);
  const before = ranks(scores.map((score) => earlier.get(score.unit)).filter(Boolean));
  const lines = [...scores].sort(byScore).map((score) =>
    lane(score, places.get(score.unit), before.get(score.unit), store, now));
  return h("div.group", { vars: { lanes: lines.length } }, h("h3", {}, title), h("ol", {}, ...lines));
}

function lane(score, place, before, store, now) {
  const view = store.view(score.unit);
  const chosen = store.region() === score.unit;
  const worst = score.parts.map((part) => part.colour);
  return h(`li.lane${chosen ? ".chosen" : ""}${known(score.score) ? "" : ".open"}`, { data: { unit: score.unit } },
    h("span.place", {}, place ? String(place) : "—"), change(place, before),
    h("b.name.fit", {}, score.name),
    h("span.course", { vars: { part: `${score.score ?? 0}%` } }, h("i", {}),
      h("span.members", {}, ...worst.map((colour) => mark(colour)))),
    h("b.score", {}, known(score.score) ? score.score.toFixed(1) : "—"),
    h("span.when", {}, h("small", {}, `已评${score.judged}/${score.of}`), view ? stamp(view, now, { period: false }) : null));
}

function change(place, before) {
  if (!place || !before) return h("span.change", {}, "");
  const steps = before - place;
  if (steps === 0) return h("span.change", { title: "与上期相同" }, "＝");
  return steps > 0 ? h("span.change.up", {}, `▲${steps}`) : h("span.change.down", {}, `▼${-steps}`);
}

function clusterList(store, now) {
  const region = store.region();
  const shown = store.ranking.filter(({ cluster }) => !region || cluster.region === region);
  if (!shown.length) return empty("尚无集群");
  return h("ol.standing", { vars: { rows: shown.length } }, ...shown.map((item) => clusterLine(item, store, now)));
}

function clusterLine({ rank, cluster: view }, store, now) {
  const share = known(view.ratio) ? Math.max(0, Math.min(view.ratio, WIDEST)) / WIDEST : 0;
  const course = view.suppressed ? secret()
    : h("span.bar", { vars: { part: `${share * 100}%`, due: `${100 / WIDEST}%` } }, h("i", {}));
  const ratio = view.suppressed ? "" : known(view.ratio) ? view.ratio.toFixed(2).replace("-", "−") : statusWord(view);
  return h(`li.${view.colour}`, { data: { unit: view.cluster } },
    h("span.place", {}, rank === null ? "—" : String(rank)), mark(view.colour),
    h("span.name", {}, h("b.fit", {}, view.name), h("small", {}, store.name(view.region))),
    course, h(`b.ratio${known(view.ratio) ? "" : ".none"}`, {}, ratio), stamp(view, now, { period: false }));
}
