import { KasaneError } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

export const timeFlag: Flag = {
  name: "time",
  short: "t",
  type: "string",
  value: "SECONDS",
  help: "How long to wait before it is killed (default 10, or as --stop-timeout said; -1 for ever)",
};

/** What `--time` says, or a flag that means the same. @throws KasaneError `usage` */
export function stopTime(flags: ParsedFlags, name = "time"): { timeoutS?: number } {
  const time = flags.string(name);
  return time === undefined ? {} : { timeoutS: parseSeconds(time) };
}

/** -1: for ever. @throws KasaneError `usage` */
export function parseSeconds(text: string): number {
  if (/^(-1|\d{1,8})$/.test(text)) return Number(text);
  throw new KasaneError("usage", `invalid number of seconds: ${JSON.stringify(text)}`, {
    hint: "a whole number; -1 waits for ever",
    data: { exitCode: 125 },
  });
}
