import { KasaneError } from "../errors.ts";

/** Bytes with a NUL behind them, as C wants a name. */
export type CString = Uint8Array;

/**
 * `name` for a system call. Names that are not UTF-8 come as bytes.
 * @throws KasaneError `io` for a name that holds a NUL (the C side would silently see a shorter one) or half a surrogate pair,
 *   with `data.unusableName`
 */
export function cString(name: string | Uint8Array): CString {
  if (typeof name !== "string") {
    if (name.includes(0)) throw refused(Buffer.from(name).toString(), "a NUL character");
    const bytes = new Uint8Array(name.length + 1);
    bytes.set(name);
    return bytes;
  }
  if (name.includes("\0")) throw refused(name, "a NUL character");
  if (!name.isWellFormed()) throw refused(name, "half of a surrogate pair");
  return Buffer.from(`${name}\0`, "utf8");
}

function refused(name: string, why: string): KasaneError {
  return new KasaneError("io", `the name ${JSON.stringify(name.slice(0, 160))} holds ${why}`, {
    data: { unusableName: true },
  });
}
