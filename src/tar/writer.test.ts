import { expect, test } from "bun:test";
import fc from "fast-check";
import { digestOf } from "../oci/mod.ts";
import { arbitraryInput } from "./testing/arbitrary-input.ts";
import { bytesOf, input, readAll, writeAll } from "./testing/members.ts";
import { type TarInput, writeTar } from "./writer.ts";

test("readTar() reads what writeTar() writes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryInput, { maxLength: 6 }), async (inputs) => {
      const members = await readAll([await writeAll(inputs)]);
      const read = members.map(({ content, contentOffset, isSparse, ...entry }) => ({ entry, content }));
      const written = await Promise.all(
        inputs.map(async ({ entry, content }) => ({ entry, content: await bytesOf(content ?? []) })),
      );
      expect(read).toEqual(written);
    }),
    { numRuns: 300 },
  );
});

test("writeTar() writes the same bytes whatever the order of xattrs and the chunks of the content", async () => {
  const xattrs = [
    ["user.b", Buffer.from("2")],
    ["user.a", Buffer.from("1")],
  ] as const;
  const one = input("f", { text: "content", xattrs: new Map(xattrs) });
  const other = {
    entry: { ...one.entry, xattrs: new Map(xattrs.toReversed()) },
    content: [..."content"].map((c) => Buffer.from(c)),
  };
  expect(await writeAll([one])).toEqual(await writeAll([other]));
});

test("writeTar() keeps its bytes: digests of images depend on them", async () => {
  const inputs = [
    input("etc", { type: "directory", mode: 0o755 }),
    input("etc/passwd", {
      text: "root:x:0:0:root:/root:/bin/sh\n",
      uid: 10,
      gid: 20,
      userName: "u",
      groupName: "g",
    }),
    input(`${"d".repeat(120)}/${"f".repeat(90)}`, { text: "prefix" }),
    input(`${"p".repeat(300)}`, { mode: 0o4755, modified: { seconds: -3, nanoseconds: 250_000_000 } }),
    input("größe", {
      uid: 3_000_000,
      gid: 4_294_967_295,
      xattrs: new Map([["security.capability", Uint8Array.of(1, 0, 0, 2)]]),
    }),
    input("link", { type: "symlink", linkTarget: "etc/passwd", mode: 0o777 }),
    input("hard", { type: "hardlink", linkTarget: "etc/passwd" }),
    input("null", { type: "character-device", deviceMajor: 1, deviceMinor: 3, mode: 0o666 }),
    input("pipe", { type: "fifo" }),
  ];
  const bytes = await writeAll(inputs);
  expect(bytes.length % 512).toBe(0);
  expect(digestOf(bytes)).toMatchInlineSnapshot(
    `"sha256:bd61fc52d8b8095e9422e23c124bea2587db331d9adbbd0950a7f75094d375f4"`,
  );
});

test("writeTar() uses PAX only where ustar cannot hold a value", async () => {
  const plain = await writeAll([
    input(`${"d".repeat(155)}/${"f".repeat(100)}`, { uid: 0o7777777, userName: "u".repeat(32) }),
    input("x".repeat(100)),
    input("l", { type: "symlink", linkTarget: "t".repeat(100) }),
    input(`${"d".repeat(100)}/e/`, { type: "directory" }),
  ]);
  expect(plain.length).toBe(512 * 6);
  for (const more of [
    input(`${"d".repeat(156)}/f`),
    input(`d/${"f".repeat(101)}`),
    input("é"),
    input("l", { type: "symlink", linkTarget: "t".repeat(101) }),
    input("u", { uid: 0o10000000 }),
    input("t", { modified: { seconds: 1, nanoseconds: 1 } }),
    input("t", { modified: { seconds: -1, nanoseconds: 0 } }),
    input("t", { modified: { seconds: 2 ** 33, nanoseconds: 0 } }),
  ]) {
    expect((await writeAll([more])).length).toBe(512 * 5);
  }
});

test("writeTar() holds files beyond 8 GiB", async () => {
  const sizeBytes = 2 ** 33 + 5;
  const chunk = new Uint8Array(2 ** 22);
  function* content() {
    for (let left = sizeBytes; left > 0; left -= chunk.length)
      yield chunk.subarray(0, Math.min(left, chunk.length));
  }
  let header: Uint8Array | undefined;
  let total = 0;
  for await (const piece of writeTar([{ entry: input("big", { sizeBytes }).entry, content: content() }])) {
    header ??= piece;
    total += piece.length;
  }
  expect(Buffer.from(header!).toString("latin1")).toContain("19 size=8589934597\n");
  expect(total).toBe(512 * 3 + 2 ** 33 + 512 + 1024);
});

test("writeTar() gathers small pieces and passes large chunks on as they are", async () => {
  const small = Array.from({ length: 1000 }, (_, i) => input(`f${i}`, { text: "x".repeat(100) }));
  const sizes = [];
  for await (const chunk of writeTar(small)) sizes.push(chunk.length);
  expect(sizes).toEqual([...Array(7).fill(131072), 1024 * 1001 - 7 * 131072]);
  const large = new Uint8Array(100_000);
  const chunks = await Array.fromAsync(
    writeTar([{ entry: input("large", { sizeBytes: 100_000 }).entry, content: [large] }]),
  );
  expect(chunks[1]).toBe(large);
});

test("writeTar() never writes again to what it has handed out", async () => {
  const inputs = Array.from({ length: 2000 }, (_, i) => input(`f${i}`, { text: "x".repeat(i) }));
  const kept: Uint8Array[] = [];
  const copies: Uint8Array[] = [];
  for await (const chunk of writeTar(inputs)) {
    kept.push(chunk);
    copies.push(chunk.slice());
  }
  expect(Buffer.concat(kept).equals(Buffer.concat(copies))).toBe(true);
});

test.each<[string, TarInput]>([
  ["fewer bytes than promised", { entry: input("f", { sizeBytes: 5 }).entry, content: [new Uint8Array(4)] }],
  ["more bytes than promised", { entry: input("f", { sizeBytes: 5 }).entry, content: [new Uint8Array(6)] }],
  ["no content at all", { entry: input("f", { sizeBytes: 5 }).entry }],
  ["an empty path", input("")],
  ["a file that looks like a directory", input("f/")],
  ["a NUL in a path", input("a\0b")],
  ["a NUL in a target", input("l", { type: "symlink", linkTarget: "a\0" })],
  ["a symlink to nothing", input("l", { type: "symlink" })],
  ["a file with a target", input("l", { linkTarget: "x" })],
  ["a directory with a size", input("d", { type: "directory", sizeBytes: 1 })],
  ["a mode with a file type in it", input("f", { mode: 0o100644 })],
  ["a negative owner", input("f", { uid: -1 })],
  ["an owner of 33 bits", input("f", { gid: 2 ** 32 })],
  ["a device that does not fit", input("d", { type: "block-device", deviceMajor: 2 ** 21 })],
  ["nanoseconds of more than a second", input("f", { modified: { seconds: 0, nanoseconds: 1e9 } })],
  ["half a second as seconds", input("f", { modified: { seconds: 0.5, nanoseconds: 0 } })],
  ["half a surrogate pair", input("a\ud800")],
])("writeTar() refuses %s", async (_, bad) => {
  await expect(writeAll([bad])).rejects.toMatchObject({ code: "invalid-archive" });
});

test("writeTar() closes its inputs when the receiver stops, and when an input is wrong", async () => {
  const closed: string[] = [];
  async function* content() {
    try {
      yield new Uint8Array(50_000);
      yield new Uint8Array(50_000);
    } finally {
      closed.push("content");
    }
  }
  async function* inputs(sizeBytes: number) {
    try {
      yield { entry: input("f", { sizeBytes }).entry, content: content() };
    } finally {
      closed.push("inputs");
    }
  }
  for await (const chunk of writeTar(inputs(100_000))) if (chunk.length === 50_000) break;
  expect(closed.splice(0)).toEqual(["content", "inputs"]);
  await expect(bytesOf(writeTar(inputs(60_000)))).rejects.toThrow("60000 bytes were promised, 100000 came");
  expect(closed).toEqual(["content", "inputs"]);
});
