import { write } from "node:fs";
import { errnoOf } from "../lib/mod.ts";

/**
 * Writes whole chunks into a descriptor that is not ours alone, so that its flags cannot be changed. Off this thread: a terminal or
 * reader that takes nothing for a while holds up nobody else.
 * @returns false when there is nobody to read it any more
 */
export async function writeWhole(fd: number, chunk: Uint8Array): Promise<boolean> {
  for (let offset = 0; offset < chunk.length; ) {
    const outcome = await writeSome(fd, chunk, offset);
    if (typeof outcome === "number") offset += outcome;
    else if (outcome === "EAGAIN") await Bun.sleep(2);
    else return false;
  }
  return true;
}

/** How much was written, or the errno name. */
function writeSome(fd: number, chunk: Uint8Array, offset: number): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  write(fd, chunk, offset, chunk.length - offset, null, (error, written) =>
    resolve(error ? (errnoOf(error) ?? "EIO") : written),
  );
  return promise;
}
