// The frame around the pages: counts by colour, period, plan, and whether what is shown is fresh.

import { byId, fit, h } from "./dom.js";
import { clock, day, period, span } from "./format.js";
import { mark } from "./marks.js";
import { COLOURS } from "./words.js";

const OLD_DAYS = 45; // a monthly report is due within three weeks of its month's end

export function drawFrame(store) {
  const clusters = store.clusters();
  const items = Object.entries(COLOURS).map(([colour, word]) => {
    const count = clusters.filter((view) => view.colour === colour).length;
    return h(`li.${colour}${count ? "" : ".zero"}`, {}, mark(colour), h("b", {}, String(count)), h("span", {}, word));
  });
  byId("summary").replaceChildren(...items);
  byId("period").textContent = period(store.period());
  const { plan } = store;
  byId("plan").textContent = plan ? `${plan.target_year}年目标 · ${plan.title}` : "没有规划";
  fit(document.querySelector(".top"));
  const badge = byId("label");
  badge.hidden = !store.label;
  badge.textContent = store.label ?? "";
  document.title = `${store.label ? `【${store.label}】` : ""}产业集群进度墙 · clusterwatch`;
}

export function drawHealth(feed, store) {
  const line = byId("health");
  const [state, text] = healthOf(feed, store);
  line.className = `health ${state}`;
  line.replaceChildren(h("i", {}), text);
  document.body.classList.toggle("stale", state === "lost");
}

function healthOf(feed, store) {
  if (feed.isLost() || feed.failed) {
    const since = store.loadedAt ? `，所示为${clock(store.loadedAt)}的数据` : "";
    return ["lost", `连接中断${span(feed.quietMs() / 1000)}${since}，正在重连`];
  }
  const newest = newestInput(store);
  const days = newest ? (feed.now() - newest) / 86.4e6 : 0;
  if (days > OLD_DAYS) {
    return ["old", `数据已${Math.floor(days)}天未更新（${day(new Date(newest).toISOString())}）`];
  }
  return ["live", store.loadedAt ? `实时 · 更新于${clock(store.loadedAt)}` : "正在读取…"];
}

function newestInput(store) {
  return store.views.reduce((newest, view) => Math.max(newest, Date.parse(view.as_of ?? "") || 0), 0);
}
