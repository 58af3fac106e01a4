import { decompress } from "../layer/mod.ts";
import { type ByteSource, KasaneError } from "../lib/mod.ts";

export type ArchiveCompression = "gzip" | "zstd" | "bzip2" | "xz" | "none";

const signatures: readonly (readonly [ArchiveCompression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** Bytes that archiveCompression() looks at. */
export const signatureBytes = 262;

/** What a file is compressed with, by its first bytes. */
export function archiveCompression(head: Uint8Array): ArchiveCompression {
  // The name of a tar's first member may look like a signature; the header's own mark is at offset 257.
  if (Buffer.from(head.subarray(257, 262)).toString("latin1") === "ustar") return "none";
  const found = signatures.find(([, signature]) => signature.every((byte, at) => head[at] === byte));
  return found?.[0] ?? "none";
}

/**
 * The tar inside an archive as it came: plain, gzip or zstd; bzip2 and xz by the program of that name.
 * @throws KasaneError `unsupported` where that program is missing, `invalid-archive` when it fails
 */
export async function* unpackOuter(source: ByteSource): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(source, signatureBytes);
  const compression = archiveCompression(head);
  if (compression === "bzip2" || compression === "xz") yield* throughProgram(compression, whole);
  else yield* compression === "none" ? whole : decompress(whole);
}

/** The first bytes of a source, and the whole of it. */
async function peek(
  source: ByteSource,
  length: number,
): Promise<{ head: Uint8Array; whole: AsyncGenerator<Uint8Array> }> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < length) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value.slice());
    size += value.length;
  }
  const whole = async function* () {
    try {
      yield* first;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  return { head: Buffer.concat(first).subarray(0, length), whole: whole() };
}

async function* throughProgram(program: "bzip2" | "xz", source: ByteSource): AsyncGenerator<Uint8Array> {
  if (!Bun.which(program)) {
    throw new KasaneError(
      "unsupported",
      `the archive is compressed with ${program}, which is not installed`,
      {
        hint: `install ${program}, or decompress the archive first`,
      },
    );
  }
  const child = Bun.spawn([program, "-dc"], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const feed = (async () => {
    try {
      for await (const chunk of source) {
        child.stdin.write(chunk);
        await child.stdin.flush();
      }
    } finally {
      await child.stdin.end();
    }
  })();
  // Told below, after the program's own word on what went wrong.
  feed.catch(() => {});
  try {
    yield* child.stdout;
    const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (code !== 0) {
      throw new KasaneError(
        "invalid-archive",
        `${program} cannot decompress the archive: ${said.trim().slice(0, 400)}`,
      );
    }
    await feed;
  } finally {
    child.kill();
  }
}
