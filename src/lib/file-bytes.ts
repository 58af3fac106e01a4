import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { ByteSource } from "./stream.ts";

const chunkBytes = 256 * 1024;

/** What a path leads to from its beginning to its end: a file, or what can be read once only, as `/dev/stdin` or `<(…)` of a shell. */
export function fileBytes(path: string): ByteSource {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  // A device cannot be waited for, as a stream would.
  return isFile ? Bun.file(path).stream() : bytesInTurn(path);
}

async function* bytesInTurn(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    for (;;) {
      const chunk = new Uint8Array(chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
