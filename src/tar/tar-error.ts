import { KasaneError } from "../lib/mod.ts";

/** The archive says something that cannot be. */
export function damaged(offset: number, reason: string): KasaneError {
  return new KasaneError("invalid-archive", `cannot read tar: at byte ${offset}: ${reason}`);
}

/** The source ended too early; `offset` is where the thing it ended in begins. */
export function truncated(offset: number, where: string): KasaneError {
  return new KasaneError(
    "invalid-archive",
    `cannot read tar: it ends ${where} (which begins at byte ${offset})`,
    {
      hint: "the archive is truncated",
    },
  );
}

/** A limit was passed. */
export function beyond(reason: string): KasaneError {
  return new KasaneError("limit-exceeded", `cannot read tar: ${reason}`);
}

/** A block that should be a header and is none: at the start of the source it may be another format altogether. */
export function notAHeader(start: number, block: Uint8Array): KasaneError {
  if (start > 0) return damaged(start, "the checksum of a header is wrong");
  const magic = Buffer.from(block.subarray(0, 6)).toString("hex");
  const known = (
    [
      ["425a68", "bzip2"],
      ["fd377a585a00", "xz"],
      ["1f8b", "gzip"],
      ["28b52ffd", "zstd"],
      ["504b0304", "a zip archive"],
    ] as const
  ).find(([prefix]) => magic.startsWith(prefix));
  return damaged(start, known === undefined ? "this is not a tar archive" : `this is ${known[1]}, not tar`);
}
