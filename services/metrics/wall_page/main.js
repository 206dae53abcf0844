// The wall: reads the API when the feed says so, and shows the page that the address names.

import { clearCharts } from "./charts.js";
import { clusterPage } from "./cluster.js";
import { byId, fit, h } from "./dom.js";
import { Feed } from "./feed.js";
import { bindKeys } from "./keys.js";
import { readOptions } from "./options.js";
import { overview } from "./overview.js";
import { showPaper } from "./paper.js";
import { empty } from "./pieces.js";
import { projectsPage } from "./projects.js";
import { rankingPage } from "./ranking.js";
import { Rotation } from "./rotation.js";
import { Store } from "./store.js";
import { drawFrame, drawHealth } from "./summary.js";
import { TickerLine } from "./ticker.js";

const TICKER_MS = 10000;
const AGES_MS = 60000; // the ages on the page grow
const PAUSE_MS = 1000; // between two readings while much is changing
const AGAIN_MS = 3000;

const options = readOptions(location.search);
const store = new Store(options);
const ticker = new TickerLine(store);
const rotation = new Rotation(store, options.seconds, drawTurn);
const feed = new Feed("api/v1/wall/events", () => refresh(), () => drawHealth(feed, store));
const courses = new Map();
let reading = false;
let again = false;
let shown = 0;

function tabs() {
  const first = store.clusters()[0];
  return [
    { address: "#/", word: "总览" },
    ...(first ? [{ address: `#/cluster/${encodeURIComponent(first.cluster)}`, word: "集群" }] : []),
    { address: "#/ranking", word: "赛马" }, { address: "#/projects", word: "项目" },
  ];
}

function route() {
  const [, kind = "", rest = ""] = location.hash.split("/");
  return { kind: kind || "overview", rest: decodeURIComponent(rest) };
}

async function refresh() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    await store.load();
    feed.failed = false;
    courses.clear();
    drawFrame(store);
    await show();
    readTicker(); // the page does not wait for another service
  } catch (error) {
    feed.failed = true;
    console.warn(`wall: ${error.message}`);
    setTimeout(refresh, AGAIN_MS);
  } finally {
    drawHealth(feed, store);
    setTimeout(() => {
      reading = false;
      if (again) {
        again = false;
        refresh();
      }
    }, PAUSE_MS);
  }
}

async function readTicker() {
  try {
    await store.loadTicker();
  } catch {
    if (store.ticker) store.ticker.state = "unreachable";
  }
  ticker.draw();
}

async function courseOf(view) {
  if (!courses.has(view.cluster)) {
    courses.set(view.cluster, view.suppressed ? { history: [], path: [] } : await store.course(view));
  }
  return courses.get(view.cluster);
}

async function pageOf({ kind, rest }) {
  const now = feed.now();
  if (kind === "cluster") {
    const view = store.view(rest);
    return view ? clusterPage(store, now, view, await courseOf(view)) : { element: empty(`没有集群“${rest}”`) };
  }
  if (kind === "ranking") return { element: rankingPage(store, now) };
  if (kind === "projects") return { element: projectsPage(store, now) };
  return { element: overview(store, now, Number(rest) || 0) };
}

// Shows the page of the address; an older call that comes late shows nothing.
async function show() {
  if (!store.views.length) {
    byId("stage").replaceChildren(empty(store.loadedAt ? "尚无报表：收到第一批报表后自动显示" : "正在读取…"));
    return;
  }
  const call = ++shown;
  const page = await pageOf(route());
  if (call !== shown) return;
  clearCharts();
  byId("stage").replaceChildren(page.element);
  fit(byId("stage"));
  page.draw?.();
  byId("stage").dataset.page = location.hash || "#/";
  drawTabs();
}

function drawTabs() {
  const { kind } = route();
  const words = { overview: "总览", cluster: "集群", ranking: "赛马", projects: "项目" };
  byId("tabs").replaceChildren(...tabs().map(({ address, word }) =>
    h("a", { href: address, "aria-current": word === words[kind] ? "page" : null }, word)));
}

function drawTurn(turning) {
  const { word, part } = turning.state();
  const pages = turning.pages().length;
  const line = byId("turn");
  line.style.setProperty("--part", `${part * 100}%`);
  const text = `${word} ${turning.here() + 1}/${pages}`;
  if (line.dataset.text === text) return;
  line.dataset.text = text;
  line.replaceChildren(h("span", {}, text), h("i", {}), h("kbd", {}, "?"));
}

function turnTo() {
  rotation.restart();
  show().catch((error) => console.warn(`wall: ${error.message}`));
}

function redraw() {
  clearCharts();
  show();
}

// Paper is light; charts are drawn anew, because a canvas keeps its colours.
function paint(light) {
  document.body.classList.toggle("light", light);
  redraw();
}

function start() {
  addEventListener("hashchange", turnTo);
  addEventListener("resize", redraw);
  document.fonts?.ready.then(() => fit(byId("stage")));
  addEventListener("beforeprint", () => paint(true));
  addEventListener("afterprint", () => paint(false));
  bindKeys(rotation, tabs);
  feed.start();
  rotation.start();
  setInterval(readTicker, TICKER_MS);
  setInterval(() => show(), AGES_MS);
}

if (options.print) showPaper(store, courseOf);
else start();
