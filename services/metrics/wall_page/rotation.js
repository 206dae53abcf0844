// Turns the pages by itself; a key or a click holds it for a while.

import { ROWS } from "./overview.js";

const HOLD_MS = 60000;
const TICK_MS = 250;

export class Rotation {
  constructor(store, seconds, onTurn) {
    this.store = store;
    this.seconds = seconds;
    this.onTurn = onTurn;
    this.paused = seconds === 0;
    this.heldUntil = 0;
    this.since = Date.now();
  }

  start() {
    setInterval(() => this.tick(), TICK_MS);
  }

  // Addresses of all pages in their order.
  pages() {
    const clusters = this.store.clusters();
    const overviews = Math.max(1, Math.ceil(clusters.length / ROWS));
    return [
      ...Array.from({ length: overviews }, (_, page) => (page ? `#/overview/${page}` : "#/")),
      ...clusters.map((view) => `#/cluster/${encodeURIComponent(view.cluster)}`),
      "#/ranking", "#/projects",
    ];
  }

  here() {
    const address = location.hash === "" ? "#/" : location.hash;
    return Math.max(0, this.pages().indexOf(address));
  }

  go(steps) {
    const pages = this.pages();
    location.hash = pages[(this.here() + steps + pages.length) % pages.length];
  }

  // Somebody is looking: no turning for a minute.
  hold() {
    this.heldUntil = Date.now() + HOLD_MS;
    this.restart();
  }

  restart() {
    this.since = Date.now();
  }

  toggle() {
    this.paused = !this.paused;
    this.heldUntil = 0;
    if (!this.seconds) this.seconds = 15;
    this.restart();
  }

  state() {
    if (this.paused) return { word: "已暂停", part: 0 };
    const now = Date.now();
    if (now < this.heldUntil) return { word: "停留中", part: 0 };
    return { word: "自动轮播", part: Math.min(1, (now - this.since) / (this.seconds * 1000)) };
  }

  tick() {
    const now = Date.now();
    if (this.heldUntil && now >= this.heldUntil) {
      this.heldUntil = 0;
      this.restart();
    }
    const { part } = this.state();
    if (part >= 1 && !document.hidden) {
      this.restart();
      this.go(1);
    }
    this.onTurn(this);
  }
}
