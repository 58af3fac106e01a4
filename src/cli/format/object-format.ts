import { type Flag, usage } from "../flags.ts";

/** `--format` of commands that say one thing, or several of one kind: `inspect`, `version`, `info`. */
export const objectFormatFlag: Flag = {
  name: "format",
  short: "f",
  type: "string",
  value: "FORMAT",
  help: "json, or a Go template",
};

/**
 * One object as `--format` asks: `json` is one line of JSON, anything else a template. No newline at the end.
 * @throws KasaneError `usage` for a template that is wrong
 */
export function formatObject(format: string, value: unknown, _typeName: string): string {
  if (format === "json") return JSON.stringify(value);
  throw usage(`unknown format ${JSON.stringify(format)}: this version prints json`, "");
}
