import type { Flag } from "../flags.ts";

/** `--format` of commands that say one thing, or several of one kind: `inspect`, `version`, `info`. */
export const objectFormatFlag: Flag = {
  name: "format",
  short: "f",
  type: "string",
  value: "FORMAT",
  help: "json, or a Go template",
};
