import { compress, compressionOf, decompress, hasTarMark, signatureBytes } from "../layer/mod.ts";
import { type ByteSource, KasaneError, peek } from "../lib/mod.ts";

export type ArchiveCompression = "gzip" | "zstd" | "bzip2" | "xz" | "none";

/** What a file is compressed with, by its first `signatureBytes`. */
export function archiveCompression(head: Uint8Array): ArchiveCompression {
  const compression = compressionOf(head);
  if (compression !== "none" || hasTarMark(head)) return compression;
  const hex = Buffer.from(head.subarray(0, 6)).toString("hex");
  return hex.startsWith("425a68") ? "bzip2" : hex === "fd377a585a00" ? "xz" : "none";
}

/**
 * The tar inside an archive as it came: plain, gzip or zstd; bzip2 and xz by the program of that name.
 * @throws KasaneError `unsupported` where that program is missing, `invalid-archive` when it fails
 */
export async function* unpackOuter(source: ByteSource): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(source, signatureBytes);
  const compression = archiveCompression(head);
  if (compression === "bzip2" || compression === "xz") yield* throughProgram(compression, all, "decompress");
  else yield* compression === "none" ? all : decompress(all);
}

/** What an archive can be compressed with as a whole. */
export type OuterCompression = ArchiveCompression;

/** The archive compressed: gzip and zstd side by side on all cores, bzip2 and xz by the program of that name. */
export function compressOuter(source: ByteSource, compression: OuterCompression): AsyncIterable<Uint8Array> {
  return compression === "bzip2" || compression === "xz"
    ? throughProgram(compression, source, "compress")
    : compress(source, compression);
}

async function* throughProgram(
  program: "bzip2" | "xz",
  source: ByteSource,
  task: "compress" | "decompress",
): AsyncGenerator<Uint8Array> {
  if (!Bun.which(program)) {
    throw new KasaneError("unsupported", `cannot ${task} the archive: ${program} is not installed`, {
      hint:
        task === "decompress"
          ? `install ${program}, or decompress the archive first`
          : `install ${program}, or use gzip or zstd`,
    });
  }
  const argv = task === "decompress" ? ["-dc"] : ["-c", ...(program === "xz" ? ["-T0"] : [])];
  const child = Bun.spawn([program, ...argv], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
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
  // Told below; of what cannot be decompressed the program itself says more.
  feed.catch(() => {});
  try {
    yield* child.stdout;
    const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (task === "compress") await feed;
    if (code !== 0) {
      throw new KasaneError(
        "invalid-archive",
        `${program} cannot ${task} the archive: ${said.trim().slice(0, 400)}`,
      );
    }
    await feed;
  } finally {
    child.kill();
  }
}
