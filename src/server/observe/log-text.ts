import { pathStart } from "./route-kind.ts";

/** Longer texts of clients are cut. */
const textLimit = 1024;

/**
 * Parameters of the API whose values may be read by whoever reads logs. Every other value is left out: tokens and upload states are
 * sent in queries, and what a client invents may be a password.
 */
const openParameters = new Set(
  "account artifactType client_id digest digest-algorithm from last mount n ns offline_token scope service tag".split(
    " ",
  ),
);

/** Path and query as they came, without the values of parameters that may be secrets. */
export function loggedTarget(url: string): string {
  const start = pathStart(url);
  const mark = url.indexOf("?", start);
  if (mark < 0) return cut(start === 0 ? url : url.slice(start));
  const query = url
    .slice(mark + 1)
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0) return pair.length > 64 ? "…" : pair;
      return openParameters.has(pair.slice(0, equals)) ? pair : `${pair.slice(0, equals)}=…`;
    });
  return cut(`${url.slice(start, mark)}?${query.join("&")}`);
}

/** Text of a client as it may stand in a line of JSON: quoted, and nothing in it acts on a terminal or turns writing around. */
export function quoteJson(text: string): string {
  const quoted = JSON.stringify(cut(text));
  return isPlain(quoted) ? quoted : quoted.replaceAll(unsafe, escapeUnicode);
}

/** The same for the combined log: between double quotes, which are not a part of the result. */
export function quoteCombined(text: string): string {
  const short = cut(text);
  if (isPlain(short) && !short.includes('"') && !short.includes("\\")) return short;
  return quoteJson(short).slice(1, -1);
}

export function cut(text: string): string {
  return text.length <= textLimit ? text : `${text.slice(0, textLimit)}…`;
}

const unsafe = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isPlain(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}
