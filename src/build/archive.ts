import { decompress } from "../layer/mod.ts";
import { type ByteSource, KasaneError } from "../lib/mod.ts";

export type ArchiveCompression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

const magics: readonly (readonly [ArchiveCompression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

const blockBytes = 512;

/**
 * The tar inside `open()`, uncompressed, or undefined where the bytes are no tar archive of any kind: only content counts, not
 * names. `open` may be called more than once. bzip2 and xz need the tool of that name.
 * @throws KasaneError `unsupported` where the tool is missing, `invalid-archive` (from the returned source) for damaged archives
 */
export async function openArchive(
  open: () => ByteSource,
  options: { name: string; signal?: AbortSignal | undefined },
): Promise<(() => AsyncIterable<Uint8Array>) | undefined> {
  const head = await readHead(open(), blockBytes);
  const compression =
    magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0] ?? "none";
  if (compression === "none") return isTarHeader(head) ? () => plain(open()) : undefined;
  const unpacked = (): AsyncIterable<Uint8Array> =>
    compression === "bzip2" || compression === "xz"
      ? throughTool(compression, open(), options)
      : decompress(open());
  let first: Uint8Array;
  try {
    first = await readHead(unpacked(), blockBytes);
  } catch (error) {
    // Something else may begin with the same bytes; a missing tool is worth saying.
    if (error instanceof KasaneError && error.code === "invalid-archive") return undefined;
    throw error;
  }
  return isTarHeader(first) ? unpacked : undefined;
}

async function* plain(source: ByteSource): AsyncGenerator<Uint8Array> {
  yield* source;
}

async function readHead(source: ByteSource, length: number): Promise<Uint8Array> {
  const head = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of source) {
    const part = chunk.subarray(0, length - filled);
    head.set(part, filled);
    filled += part.length;
    if (filled === length) break;
  }
  return head.subarray(0, filled);
}

/** A tar header carries the sum of its own bytes, with blanks in the sum's place. */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < blockBytes) return false;
  const text = String.fromCharCode(...block.subarray(148, 156)).replace(/[\0 ].*$/s, "");
  const stated = /^ *[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum === stated;
}

async function* throughTool(
  tool: "bzip2" | "xz",
  source: ByteSource,
  options: { name: string; signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const path = Bun.which(tool);
  if (!path) {
    throw new KasaneError(
      "unsupported",
      `${options.name} is compressed with ${tool}, which is not installed here`,
      {
        hint: `install ${tool === "xz" ? "xz-utils" : "bzip2"}, or compress the archive with gzip or zstd`,
      },
    );
  }
  const child = Bun.spawn([path, "-dc"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const feeding = feed(child.stdin, source);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await feeding;
    if ((await child.exited) !== 0) {
      throw new KasaneError("invalid-archive", `${options.name} is damaged: ${tool} could not decompress it`);
    }
  } finally {
    child.kill();
    await feeding.catch(() => {});
  }
}

async function feed(stdin: Bun.FileSink, source: ByteSource): Promise<void> {
  try {
    for await (const chunk of source) {
      stdin.write(chunk);
      await stdin.flush();
    }
  } catch (error) {
    // The tool closes its end once it has seen enough.
    if ((error as { code?: unknown }).code !== "EPIPE") throw error;
  } finally {
    await Promise.resolve(stdin.end()).catch(() => {});
  }
}
