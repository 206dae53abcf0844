// The print view: all pages one after the other, light, with the notes; it does not update.

import { clusterPage } from "./cluster.js";
import { byId, fit, h } from "./dom.js";
import { clock } from "./format.js";
import { notes } from "./keys.js";
import { overview, ROWS } from "./overview.js";
import { projectsPage } from "./projects.js";
import { rankingPage } from "./ranking.js";
import { drawFrame } from "./summary.js";

export async function showPaper(store, courseOf) {
  document.body.classList.add("paper");
  const stage = byId("stage");
  try {
    await store.load();
  } catch (error) {
    stage.replaceChildren(h("p.empty", {}, `读取失败：${error.message}`));
    return;
  }
  drawFrame(store);
  const now = Date.now();
  byId("health").textContent = `印制于${new Date(now).toLocaleDateString("zh-CN")} ${clock(now)}`;
  const pages = await pagesOf(store, now, courseOf);
  stage.replaceChildren(...pages.map(({ element }) => h("div.sheet", {}, element)),
    h("div.sheet.last", {}, h("h2", {}, "口径"), notes()));
  fit(stage);
  for (const page of pages) page.draw?.();
  document.body.dataset.ready = "yes";
}

async function pagesOf(store, now, courseOf) {
  const clusters = store.clusters();
  const overviews = Math.max(1, Math.ceil(clusters.length / ROWS));
  const pages = Array.from({ length: overviews }, (_, page) => ({ element: overview(store, now, page) }));
  pages.push({ element: rankingPage(store, now) }, { element: projectsPage(store, now) });
  for (const view of clusters) pages.push(clusterPage(store, now, view, await courseOf(view)));
  return pages;
}
