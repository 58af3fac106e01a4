import { KasaneError, messageOf, readWithin } from "../lib/mod.ts";

/** More than anybody writes down by hand. */
const limitBytes = 1024 * 1024;

/**
 * Of a small file that a flag names: variables, labels, arguments.
 * @throws KasaneError `not-found`, `limit-exceeded`
 */
export async function textOfFile(file: string): Promise<string> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readWithin(file, limitBytes);
  } catch (error) {
    throw new KasaneError("not-found", `cannot read the file ${file}: ${messageOf(error)}`, {
      hint: "check the path: a part of it does not exist",
      cause: error,
    });
  }
  if (bytes) return new TextDecoder().decode(bytes);
  throw new KasaneError("limit-exceeded", `${file} is larger than the limit of ${limitBytes} bytes`);
}
