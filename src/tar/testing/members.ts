import type { ByteSource } from "../../lib/mod.ts";
import type { TarEntry } from "../entry.ts";
import { readTar, type TarMember } from "../reader.ts";
import type { TarLimits } from "../tar-limits.ts";
import { type TarInput, writeTar } from "../writer.ts";

/** A member with its content, as tests compare them. */
export interface ReadMember extends Omit<TarMember, "content"> {
  readonly content: Uint8Array;
}

export async function readAll(source: ByteSource, limits?: Partial<TarLimits>): Promise<ReadMember[]> {
  const members: ReadMember[] = [];
  for await (const { content, ...member } of readTar(source, limits)) {
    members.push({ ...member, content: await bytesOf(content()) });
  }
  return members;
}

export async function writeAll(inputs: Iterable<TarInput>): Promise<Uint8Array> {
  return bytesOf(writeTar(inputs));
}

export async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // The chunk may be written over once the next one is asked for.
  for await (const chunk of source) chunks.push(new Uint8Array(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

/** An input with everything that is not said at its plainest. */
export function input(path: string, more: Partial<TarEntry> & { text?: string } = {}): TarInput {
  const { text = "", ...rest } = more;
  const entry: TarEntry = {
    path,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: Buffer.byteLength(text),
    modified: { seconds: 1_700_000_000, nanoseconds: 0 },
    ...rest,
  };
  return text === "" ? { entry } : { entry, content: [Buffer.from(text)] };
}

/** The same bytes in pieces of the given sizes, over and over, each in a buffer that is overwritten afterwards. */
export function* inPieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = new Uint8Array(bytes.subarray(at, at + Math.max(1, sizes[i % sizes.length] ?? 1)));
    yield piece;
    at += piece.length;
    piece.fill(0xaa);
  }
}
