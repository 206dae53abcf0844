// Elements without markup in strings: names from reports are text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

// h("div.row.red", { title: "…" }, child, "text", null)
export function h(name, attributes = {}, ...children) {
  const [kind, ...classes] = name.split(".");
  const element = document.createElement(kind || "div");
  if (classes.length) element.className = classes.filter(Boolean).join(" ");
  return fill(element, attributes, children);
}

export function svg(kind, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, kind), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "data") Object.assign(element.dataset, value);
    else if (key === "vars") setVariables(element, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Through the object model, which a content security policy allows, unlike style attributes.
function setVariables(element, variables) {
  for (const [key, value] of Object.entries(variables)) element.style.setProperty(`--${key}`, value);
}

export const byId = (id) => document.getElementById(id);

const LEAST_SHARE = 0.6;

// Makes one-line texts smaller until they fit: a name is never cut.
export function fit(root) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  for (const element of root.querySelectorAll(".fit")) {
    element.style.removeProperty("font-size");
    const { clientWidth, scrollWidth } = element;
    if (scrollWidth <= clientWidth || !clientWidth) continue;
    const share = Math.max(LEAST_SHARE, clientWidth / (scrollWidth + 1));
    const size = parseFloat(getComputedStyle(element).fontSize) / rem;
    element.style.fontSize = `${size * share}rem`;
  }
}
