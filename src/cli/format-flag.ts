import { type Flag, type ParsedFlags, usage } from "./flags.ts";

/** Of commands that list things: with json each is an object on a line of its own. */
export const listFormat: Flag = {
  name: "format",
  type: "string",
  value: "table|json",
  help: "How to show it",
};

/** Of commands that say one thing. */
export const objectFormat: Flag = {
  name: "format",
  short: "f",
  type: "string",
  value: "json",
  help: "json prints one object",
};

/**
 * Whether `--format json` was asked for. `table` is what everybody gets anyway; anything else is refused rather than ignored.
 * @throws KasaneError `usage`
 */
export function wantsJson(flags: ParsedFlags, command: string): boolean {
  const format = flags.string("format");
  if (format === undefined || format === "table") return false;
  if (format === "json") return true;
  throw usage(`unknown format ${JSON.stringify(format)}: this version prints table or json`, command);
}
