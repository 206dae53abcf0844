// Texts of a page that fits its window: cut, off the page, or on one another.
() => {
  const SLACK = 1.5;
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || !visible(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width > 1 && box.height > 1) texts.push({ box, holder, text: node.data.trim() });
    }
  }
  const faults = [];
  for (const { box, holder, text } of texts) {
    if (box.left < -SLACK || box.right > innerWidth + SLACK
        || box.top < -SLACK || box.bottom > innerHeight + SLACK) faults.push(`off the page: ${text}`);
    for (let around = holder; around && around !== document.body; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const frame = around.getBoundingClientRect();
      if (box.left < frame.left - SLACK || box.right > frame.right + SLACK) faults.push(`cut: ${text}`);
    }
  }
  // The ink of a line is lower than its box: a quarter at both ends is room between lines.
  const ink = ({ box }) => ({ left: box.left, right: box.right,
    top: box.top + box.height / 4, bottom: box.bottom - box.height / 4 });
  for (let one = 0; one < texts.length; one += 1) {
    const first = ink(texts[one]);
    for (let other = one + 1; other < texts.length; other += 1) {
      const second = ink(texts[other]);
      if (Math.min(first.right, second.right) - Math.max(first.left, second.left) > SLACK
          && Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top) > SLACK) {
        faults.push(`${texts[one].text} lies on ${texts[other].text}`);
      }
    }
  }
  return faults;
}
