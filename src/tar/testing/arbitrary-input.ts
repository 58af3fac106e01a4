import fc from "fast-check";
import type { TarEntry, TarEntryType } from "../entry.ts";
import { decodeName } from "../name-bytes.ts";
import type { TarInput } from "../writer.ts";

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.stringMatching(/^[a-z0-9._-]{1,120}$/),
  fc.uint8Array({ minLength: 1, maxLength: 12, min: 1 }).map(decodeName),
);

/** Any path without a NUL or a trailing slash. */
const arbitraryPath = fc
  .array(name, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("/").replaceAll("\0", "_").replace(/\/+$/, "") || "x");

const arbitraryXattrs = fc
  .array(fc.tuple(fc.stringMatching(/^user\.[a-z=%é]{1,8}$/), fc.uint8Array({ maxLength: 40 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs): ReadonlyMap<string, Uint8Array> => new Map(pairs));

/** Everything an entry can be, with owners, times and names of every awkward kind. Directories end in a slash, as they are read back. */
export const arbitraryInput: fc.Arbitrary<TarInput> = fc
  .record({
    path: arbitraryPath,
    type: fc.constantFrom<TarEntryType>(
      "file",
      "directory",
      "symlink",
      "hardlink",
      "character-device",
      "block-device",
      "fifo",
    ),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 0xffff_ffff })),
    gid: fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 0xffff_ffff })),
    userName: fc.option(arbitraryPath, { nil: undefined }),
    groupName: fc.option(arbitraryPath, { nil: undefined }),
    content: fc.uint8Array({ maxLength: 1500 }),
    pieces: fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 3 }),
    modified: fc.record({
      seconds: fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
      nanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
    }),
    linkTarget: arbitraryPath,
    device: fc.tuple(fc.nat(4095), fc.nat(2 ** 20 - 1)),
    xattrs: fc.option(arbitraryXattrs, { nil: undefined }),
  })
  .map(({ path, type, content, pieces, userName, groupName, linkTarget, device, xattrs, ...plain }) => {
    const isLink = type === "symlink" || type === "hardlink";
    const isDevice = type === "character-device" || type === "block-device";
    const entry: TarEntry = {
      ...plain,
      path: type === "directory" ? `${path}/` : path,
      type,
      sizeBytes: type === "file" ? content.length : 0,
      ...(userName === undefined ? {} : { userName }),
      ...(groupName === undefined ? {} : { groupName }),
      ...(isLink ? { linkTarget } : {}),
      ...(isDevice ? { deviceMajor: device[0], deviceMinor: device[1] } : {}),
      ...(xattrs === undefined ? {} : { xattrs }),
    };
    return type === "file" ? { entry, content: cut(content, pieces) } : { entry };
  });

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
    pieces.push(bytes.subarray(at, at + sizes[i % sizes.length]!));
  }
  return pieces;
}
