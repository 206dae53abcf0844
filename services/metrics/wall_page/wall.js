const EVERY_MS = 3000;
const STALE_MS = 15000;
const AGE_MS = 60000;
const plan = new URLSearchParams(location.search).get("plan");
const seen = new Map();
let tag = null;
let views = [];
let drawnAt = 0;
let shownPlan = null;
let lastAnswer = Date.now();
const STAGES = [["green", "达标、符合进度"], ["blue", "预警"], ["yellow", "略有滞后"],
  ["orange", "明显滞后"], ["red", "严重偏离"], ["grey", "暂不评价"]];

function headings() {
  const line = make("tr", "row head");
  line.setAttribute("role", "row");
  HEADINGS.forEach((text, index) => {
    const cell = make("th", LEFT.has(index) ? "" : "num", text);
    cell.setAttribute("role", "columnheader");
    line.append(cell);
  });
  return line;
}

function label(text) {
  const badge = byId("label");
  badge.hidden = !text;
  badge.textContent = text || "";
  document.title = (text ? `【${text}】` : "") + "产业集群进度墙 · clusterwatch";
}

function score(item) {
  const chip = make("div", "score");
  chip.title = item.parts.map((part) => `${part.name} ${part.score ?? "—"}`).join("\n");
  const bar = make("i");
  bar.style.setProperty("--part", (item.score ?? 0) + "%");
  chip.append(make("span", "", item.name), make("b", "", item.score?.toFixed(0) ?? "—"), bar,
    make("small", "", `${item.judged}/${item.of}`));
  return chip;
}

async function showScores(id) {
  const answer = await fetch("api/v1/scores?" + new URLSearchParams({ plan: id }),
    { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const { items } = await answer.json();
  const strip = byId("scores");
  strip.hidden = !items.some((item) => item.of);
  const heading = make("h2", "", "综合得分");
  heading.append(make("small", "", periodText(items[0].period)));
  strip.replaceChildren(heading, ...items.filter((item) => item.of).map(score));
}

function summarise(clusters) {
  const items = STAGES.map(([colour, word]) => {
    const item = make("li", colour);
    const count = clusters.filter((view) => view.colour === colour).length;
    item.append(make("b", "", String(count)), make("span", "", word));
    return count || colour !== "blue" ? item : null;
  });
  byId("summary").replaceChildren(...items.filter(Boolean));
}

function periodText(period) {
  if (!period) return "尚无数据";
  const [year, month] = period.split("-").map(Number);
  return month === 2 ? `${year}年1—2月` : `${year}年${month}月`;
}

function draw() {
  drawnAt = Date.now();
  views.forEach((view) => names.set(view.cluster, view.name));
  commonPeriod = views.reduce((newest, view) => view.period > newest ? view.period : newest, "");
  byId("period").textContent = periodText(commonPeriod);
  for (const kind of ["cluster", "industry", "region"]) {
    const shown = views.filter((view) => view.kind === kind
      || (kind === "region" && view.kind === "city"));
    byId(kind).replaceChildren(headings(), ...shown.map(row));
  }
  summarise(views.filter((view) => view.kind === "cluster"));
}

async function showPlan(id) {
  if (shownPlan === id) return;
  const answer = await fetch("api/v1/plans?limit=1000");
  const { items } = await answer.json();
  const chosen = items.find((item) => item.plan === id);
  if (chosen) byId("plan").textContent = `${chosen.target_year}年目标 · ${chosen.title}`;
  shownPlan = id;
}

async function refresh() {
  try {
    const query = new URLSearchParams({ limit: "1000", ...(plan ? { plan } : {}) });
    const answer = await fetch("api/v1/clusters?" + query,
      { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      const body = await answer.json();
      views = body.items;
      label(body.data_label);
      draw();
      if (views.length) {
        await showPlan(views[0].plan);
        await showScores(views[0].plan);
      }
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    } else if (Date.now() - drawnAt > AGE_MS) {
      draw(); // the data have grown older
    }
    lastAnswer = Date.now();
  } catch (error) {
    tag = null;
  }
  const late = Date.now() - lastAnswer;
  const status = byId("updated");
  status.classList.toggle("stale", late > STALE_MS);
  status.textContent = late > STALE_MS
    ? `连接中断,以下为 ${Math.round(late / 1000)} 秒前的数据`
    : `自动更新 · ${new Date(lastAnswer).toLocaleTimeString("zh-CN", { hour12: false })}`;
  setTimeout(refresh, EVERY_MS);
}

refresh();
