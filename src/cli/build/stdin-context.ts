import { type ByteSource, collect } from "../../lib/mod.ts";

/** Largest Dockerfile that is read from standard input. */
export const dockerfileLimitBytes = 1024 * 1024;

export type BuildInput =
  | { readonly kind: "dockerfile"; readonly bytes: Uint8Array }
  | { readonly kind: "tar"; readonly stream: ByteSource };

/** Tells a Dockerfile from a tar (plain or compressed) by its first block, as docker does. */
export async function readBuildInput(source: ByteSource): Promise<BuildInput> {
  const iterator = (async function* () {
    yield* source;
  })();
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < 512) {
    const { done, value } = await iterator.next();
    if (done) break;
    head.push(value);
    size += value.length;
  }
  const whole = (async function* () {
    yield* head;
    yield* iterator;
  })();
  if (isArchive(Buffer.concat(head))) return { kind: "tar", stream: whole };
  return {
    kind: "dockerfile",
    bytes: await collect(whole, dockerfileLimitBytes, "the Dockerfile on standard input"),
  };
}

function isArchive(head: Uint8Array): boolean {
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd)) return true;
  if (starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return true;
  return head.length >= 512 && Buffer.from(head.subarray(257, 262)).toString("latin1") === "ustar";
}
