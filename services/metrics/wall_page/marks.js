// The shape of a colour: nobody has to tell red from green.

import { h, svg } from "./dom.js";
import { COLOURS } from "./words.js";

const SHAPES = {
  green: () => [svg("circle", { cx: 10, cy: 10, r: 9 }), stroke("M5.6 10.4 8.8 13.6 14.6 7")],
  blue: () => [svg("path", { d: "M10 .6 19.4 10 10 19.4 .6 10Z" }), stroke("M10 5.6V11M10 13.6V14.4")],
  yellow: () => [svg("path", { d: "M10 1 19.6 18.4H.4Z" }), stroke("M10 7.4V12.4M10 14.8V15.4")],
  orange: () => [svg("path", { d: "M1.4 1.4H18.6V18.6H1.4Z" }), stroke("M10 4.8V11.4M6.8 11 10 14.6 13.2 11")],
  red: () => [
    svg("path", { d: "M6 .8H14L19.2 6V14L14 19.2H6L.8 14V6Z" }), stroke("M6.4 6.4 13.6 13.6M13.6 6.4 6.4 13.6"),
  ],
  grey: () => [svg("circle", { class: "hollow", cx: 10, cy: 10, r: 8.2 }), svg("path", { class: "dash", d: "M6 10H14" })],
};

const stroke = (d) => svg("path", { class: "cut", d });

// A shape with its word for those who cannot see it.
export function mark(colour) {
  const shape = SHAPES[colour] ? colour : "grey";
  const attributes = { class: `mark ${shape}`, viewBox: "0 0 20 20", role: "img" };
  return svg("svg", { ...attributes, "aria-label": COLOURS[shape] }, ...SHAPES[shape]());
}

// Figures that may not be shown.
export function secret(text = "不公开") {
  const lock = svg("svg", { class: "lock", viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: "M4 9H16V18H4Z" }), svg("path", { class: "bow", d: "M6.6 9V6.2A3.4 3.4 0 0 1 13.4 6.2V9" }));
  return h("span.secret", { title: "填报单位过少或过于集中，依统计法不公开" }, lock, text);
}
