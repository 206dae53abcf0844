// Options of the address: plan, region, rotate (seconds a page, 0 stays), print.

const DEFAULT_SECONDS = 15;
const LEAST_SECONDS = 3;

export function readOptions(search) {
  const given = new URLSearchParams(search);
  return {
    plan: given.get("plan") || null,
    region: given.get("region") || null,
    seconds: seconds(given.get("rotate")),
    print: given.get("print") === "1",
  };
}

function seconds(text) {
  if (text === null || text.trim() === "") return DEFAULT_SECONDS;
  const wanted = Number(text);
  if (!Number.isFinite(wanted)) return DEFAULT_SECONDS;
  return wanted <= 0 ? 0 : Math.max(LEAST_SECONDS, wanted);
}
