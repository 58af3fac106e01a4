import { open } from "node:fs/promises";

/** A file that is read whole, and may be a pipe or a device that never ends: undefined where it has more than `limitBytes`. */
export async function readWithin(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  const file = await open(path, "r");
  try {
    // One byte over the limit is enough to see that it is.
    const buffer = Buffer.alloc(limitBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > limitBytes) return undefined;
      if (bytesRead === 0) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}
