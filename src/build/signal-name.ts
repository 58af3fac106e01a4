import { constants } from "node:os";
import { KasaneError } from "../lib/mod.ts";

/** @throws KasaneError `invalid-dockerfile` for what is neither a signal's number nor its name, with or without SIG */
export function checkSignal(text: string): void {
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  if (number !== undefined ? number > 0 && number <= 64 : isSignalName(text.toUpperCase())) return;
  throw new KasaneError("invalid-dockerfile", `unknown signal ${JSON.stringify(text)}`, {
    hint: "write it like SIGTERM, TERM or 15",
  });
}

function isSignalName(text: string): boolean {
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  return name in constants.signals || /^SIGRTM(IN(\+([1-9]|1[0-5]))?|AX(-([1-9]|1[0-4]))?)$/.test(name);
}
