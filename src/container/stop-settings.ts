import { constants } from "node:os";
import { KasaneError } from "../lib/mod.ts";
import type { Container } from "./container.ts";

/** Docker's. */
export const defaultStopTimeoutS = 10;

/** What a container's program is asked to end with: as `create` was told, else as the image says, else SIGTERM. */
export function stopSignalOf({ settings }: Pick<Container, "settings">): NodeJS.Signals {
  try {
    return parseSignal(settings.stopSignal ?? settings.config.StopSignal ?? "SIGTERM");
  } catch {
    // An image may say anything.
    return "SIGTERM";
  }
}

/** `SIGHUP`, `HUP`, `hup` or `1`. @throws KasaneError `usage` */
export function parseSignal(text: string, { exitCode = 1 } = {}): NodeJS.Signals {
  const name = text.toUpperCase().replace(/^(?!SIG)/, "SIG");
  const found = Object.entries(constants.signals).find(
    ([signal, number]) => signal === name || String(number) === text,
  );
  if (found !== undefined) return found[0] as NodeJS.Signals;
  throw new KasaneError("usage", `invalid signal: ${text}`, {
    hint: "by name or number, for example SIGTERM, HUP or 9",
    data: { exitCode },
  });
}
