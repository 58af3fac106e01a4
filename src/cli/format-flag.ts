import { type ParsedFlags, usage } from "./flags.ts";

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
