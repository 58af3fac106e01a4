import { KasaneError } from "../errors.ts";

/**
 * The bytes of `text` with a NUL behind them, as C wants a path.
 * @throws KasaneError `io` for text that holds a NUL: the C side would silently see a shorter name
 */
export function cString(text: string): Uint8Array {
  if (text.includes("\0")) {
    throw new KasaneError("io", `the name ${JSON.stringify(text.slice(0, 160))} holds a NUL character`);
  }
  return Buffer.from(`${text}\0`, "utf8");
}
