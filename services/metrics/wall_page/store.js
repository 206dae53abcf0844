// What the wall knows: answers of the API, read again after each change.

import { periodBefore } from "./format.js";

const API = "api/v1";

async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const answer = await fetch(`${API}/${path}?${new URLSearchParams(given)}`, { cache: "no-cache" });
  if (answer.status === 401) location.reload(); // the session has ended: the page asks to sign in
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export class Store {
  constructor(options) {
    this.options = options;
    this.views = [];
    this.units = new Map();
    this.plan = null;
    this.ticker = null;
    this.loadedAt = null;
  }

  // Reads everything that the lists show; throws when the service does not answer.
  async load() {
    const found = await get("clusters", { plan: this.options.plan, limit: 1000 });
    const id = found.items[0]?.plan ?? this.options.plan;
    if (id && this.plan?.plan !== id) await this.readPlan(id);
    const [scores, ranking] = await Promise.all([
      get("scores", { plan: id, limit: 1000 }), get("ranking", { plan: id, limit: 1000 }),
    ]);
    this.before = await this.readBefore(id, scores.items[0]?.period);
    this.views = found.items;
    this.label = found.data_label;
    this.scores = scores.items;
    this.ranking = ranking.items;
    this.loadedAt = Date.now();
  }

  async readPlan(id) {
    const outline = await get(`plans/${encodeURIComponent(id)}`);
    this.plan = outline.plan;
    this.units = new Map(outline.units.map((unit) => [unit.unit, unit]));
  }

  async readBefore(plan, period) {
    if (!period) return [];
    const answer = await get("scores", { plan, period: periodBefore(period), limit: 1000 });
    return answer.items;
  }

  async loadTicker() {
    this.ticker = await get("wall/ticker", { plan: this.plan?.plan });
  }

  // All periods of a unit and the path it should take.
  async course(view) {
    const unit = encodeURIComponent(view.cluster);
    const [history, path] = await Promise.all([
      get(`clusters/${unit}/history`, { plan: view.plan, limit: 1000 }),
      get(`clusters/${unit}/path`, { plan: view.plan }),
    ]);
    return { history: history.items, path: path.points };
  }

  view(id) {
    return this.views.find((view) => view.cluster === id) ?? null;
  }

  name(id) {
    return this.units.get(id)?.name ?? id;
  }

  // The region of the address, by id or name.
  region() {
    const wanted = this.options.region;
    if (!wanted) return null;
    const found = [...this.units.values()].find((unit) => unit.unit === wanted || unit.name === wanted);
    return found?.unit ?? null;
  }

  clusters() {
    const region = this.region();
    return this.views.filter((view) => view.kind === "cluster" && (!region || view.region === region));
  }

  city() {
    return this.views.find((view) => view.kind === "city") ?? null;
  }

  // The newest period of any unit.
  period() {
    return this.views.reduce((newest, view) => (view.period > newest ? view.period : newest), "");
  }
}
