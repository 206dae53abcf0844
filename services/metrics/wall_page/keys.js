// Keyboard, and the help that lists it.

import { byId, h } from "./dom.js";

const KEYS = [
  ["← →", "上一页、下一页"], ["空格", "暂停或继续轮播"], ["1 2 3 4", "总览、集群、赛马、项目"],
  ["F", "全屏"], ["P", "打印版"], ["?", "打开或关闭本页"],
];
const NOTES = [
  "应达累计按历年同期累计占全年比重计算，差距按报送率折算；增速为可比口径。",
  "全年预测为三种方法的均值，区间为八成把握；达标把握为目标年达标的概率。",
  "综合得分为已评价集群得分的简单平均（达到进度为100），已评价不足一半时不给出。",
  "投资为在库项目固定资产投资，与产值、到位资金均不相加；不同层级互有包含，不可相加。",
  "“不公开”：填报单位过少或过于集中，依统计法只显示是否达到进度。",
  "每个数旁注明所属月份、已报/应报单位数和收到最近一份报表的时间。",
];
const OPTIONS = [
  ["?rotate=30", "每页30秒，0为不轮播"], ["?region=萧县", "只看一个县区"], ["?plan=编号", "另一份规划"],
];

export function bindKeys(rotation, tabs) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = actionOf(event.key, rotation, tabs);
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("pointerdown", () => rotation.hold());
  byId("help").addEventListener("click", () => byId("help").close());
}

function actionOf(key, rotation, tabs) {
  const moved = (steps) => () => {
    rotation.hold();
    rotation.go(steps);
  };
  if (/^[1-9]$/.test(key)) {
    const tab = tabs()[Number(key) - 1];
    return tab && (() => {
      rotation.hold();
      location.hash = tab.address;
    });
  }
  return {
    ArrowRight: moved(1), ArrowLeft: moved(-1), PageDown: moved(1), PageUp: moved(-1),
    " ": () => rotation.toggle(), "?": toggleHelp, "？": toggleHelp,
    f: toggleFullscreen, F: toggleFullscreen, p: openPaper, P: openPaper,
  }[key];
}

function toggleHelp() {
  const dialog = byId("help");
  if (dialog.open) dialog.close();
  else {
    dialog.replaceChildren(h("h2", { id: "help-title" }, "帮助"),
      table("按键", KEYS), table("网址参数", OPTIONS), h("h3", {}, "口径"), notes());
    dialog.showModal();
  }
}

export function notes() {
  return h("ul.notes", {}, ...NOTES.map((text) => h("li", {}, text)));
}

function table(title, rows) {
  return h("div", {}, h("h3", {}, title),
    h("dl", {}, ...rows.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)])));
}

function toggleFullscreen() {
  const done = document.fullscreenElement
    ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch(() => {}); // the browser may refuse, and that is all right
}

function openPaper() {
  const query = new URLSearchParams(location.search);
  query.set("print", "1");
  window.open(`${location.pathname}?${query}`, "_blank", "noopener");
}
