// Apache ECharts in the wall's own colours and type sizes; nothing moves, nothing pops up.

const live = new Set();

// Colours and sizes as the style sheets have them, on screen or on paper.
export function theme() {
  const root = getComputedStyle(document.body);
  const colour = (name) => root.getPropertyValue(`--${name}`).trim();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    text: colour("text"), soft: colour("soft"), faint: colour("faint"), line: colour("line"),
    fan: colour("fan"), ground: colour("panel"), hue: (name) => colour(name) || colour("text"),
    rem, font: root.fontFamily,
  };
}

export function axisLabel(style, extra = {}) {
  return { color: style.soft, fontSize: 1.1 * style.rem, fontFamily: style.font, ...extra };
}

// Draws into an element that is in the document.
export function chart(element, option) {
  const drawn = window.echarts.init(element, null, {
    renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio || 1),
  });
  drawn.setOption({ animation: false, ...option });
  live.add(drawn);
  return drawn;
}

export function clearCharts() {
  for (const drawn of live) drawn.dispose();
  live.clear();
}

// A filled shape between points of the data's own coordinates.
export function area(points, colour, z = 1) {
  return {
    type: "custom", silent: true, z, data: [0],
    renderItem: (_parameters, api) => ({
      type: "polygon", silent: true,
      shape: { points: points.map((point) => api.coord(point)) },
      style: { fill: colour },
    }),
  };
}

export function line(data, { colour, width, dash = null, z = 2, label = null }) {
  return {
    type: "line", silent: true, showSymbol: false, z, data,
    lineStyle: { color: colour, width, type: dash ?? "solid", cap: "round", join: "round" },
    ...(label ? { endLabel: { show: true, ...label } } : {}),
  };
}

export function dot(point, { colour, size, hollow = null, label = null, z = 4 }) {
  return {
    type: "scatter", silent: true, z, data: [point], symbolSize: size,
    itemStyle: hollow
      ? { opacity: 1, color: hollow, borderColor: colour, borderWidth: size / 4 }
      : { opacity: 1, color: colour },
    ...(label ? { label: { show: true, ...label } } : {}),
  };
}
