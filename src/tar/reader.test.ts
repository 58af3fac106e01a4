import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeHeader } from "./header-block.ts";
import { formatPaxRecords } from "./pax.ts";
import { fuzzReader } from "./reader.fuzz.ts";
import { readTar } from "./reader.ts";
import { arbitraryInput } from "./testing/arbitrary-input.ts";
import { inPieces, input, readAll, writeAll } from "./testing/members.ts";

const zeros = (blocks: number) => new Uint8Array(512 * blocks);
const end = zeros(2);

/** A header block of any type and size, with its content padded. */
function raw(
  typeFlag: string,
  name: string,
  content: string | Uint8Array = "",
  change?: (block: Buffer) => void,
): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  const block = Buffer.from(encodeHeader(input("x", { sizeBytes: bytes.length }).entry));
  block.fill(0, 0, 100).write(name, 0, "latin1");
  block.write(typeFlag, 156, "latin1");
  change?.(block);
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0`,
    148,
    "latin1",
  );
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const pax = (records: Record<string, string | Uint8Array>, typeFlag = "x") =>
  raw(
    typeFlag,
    "PaxHeader",
    formatPaxRecords(
      new Map(Object.entries(records).map(([key, value]) => [key, Buffer.from(value as string)])),
    ),
  );

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

test("readTar() reads the same members whatever the chunks", async () => {
  const inputs = fc.array(arbitraryInput, { minLength: 1, maxLength: 4 });
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 3000 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(inputs, sizes, async (given, pieces) => {
      const archive = await writeAll(given);
      expect(await readAll(inPieces(archive, pieces))).toEqual(await readAll([archive]));
    }),
    { numRuns: 60 },
  );
});

test("readTar() tells where contents are", async () => {
  const archive = await writeAll([input("a", { text: "one" }), input("é", { text: "two" })]);
  for await (const member of readTar([archive])) {
    const at = member.contentOffset;
    expect(text(archive.subarray(at, at + member.sizeBytes))).toBe(member.path === "a" ? "one" : "two");
  }
});

test("readTar() skips contents nobody reads, or reads half of", async () => {
  const archive = await writeAll(["a", "b", "c"].map((path) => input(path, { text: path.repeat(3000) })));
  const seen: string[] = [];
  for await (const member of readTar(inPieces(archive, [700]))) {
    seen.push(member.path);
    if (member.path === "b") for await (const chunk of member.content()) if (chunk.length > 0) break;
  }
  expect(seen).toEqual(["a", "b", "c"]);
});

test("readTar() gives a content once, and not after the next member", async () => {
  const archive = await writeAll([input("a", { text: "a" }), input("b", { text: "b" })]);
  const members = readTar([archive]);
  const first = (await members.next()).value!;
  const content = first.content()[Symbol.asyncIterator]();
  expect(() => first.content()).toThrow("asked for twice");
  const second = (await members.next()).value!;
  await expect(content.next()).rejects.toThrow("read after the next member");
  await members.next();
  expect(() => second.content()).toThrow("asked for after the next member");
});

test.each([
  ["nothing at all", []],
  ["one member and no end marker", [raw("0", "a", "x")]],
  ["one zero block", [raw("0", "a", "x"), zeros(1)]],
  ["one zero block and half of another", [raw("0", "a", "x"), zeros(1), zeros(1).subarray(0, 100)]],
  ["two zero blocks", [raw("0", "a", "x"), end]],
  ["zero blocks to a whole record", [raw("0", "a", "x"), zeros(17)]],
  ["something behind the end marker", [raw("0", "a", "x"), end, Buffer.from("anything"), raw("0", "b")]],
])("readTar() takes an archive that ends with %s", async (_, parts) => {
  const members = await readAll(inPieces(Buffer.concat(parts), [300]));
  expect(members.map(({ path }) => path)).toEqual(parts.length === 0 ? [] : ["a"]);
});

test("readTar() reads the source to its end, behind the end marker too", async () => {
  let read = 0;
  function* source() {
    for (let i = 0; i < 50; i++) {
      read++;
      yield zeros(4);
    }
  }
  expect(await readAll(source())).toEqual([]);
  expect(read).toBe(50);
});

test("readTar() refuses an archive cut anywhere but between members", async () => {
  const archive = await writeAll([input("é", { text: "x".repeat(700) }), input("b")]);
  // PAX header and records, header, two blocks of content, header, end.
  const betweenMembers = new Set([0, 5 * 512, 6 * 512, 7 * 512]);
  for (let length = 0; length < archive.length; length += 37) {
    const cut = readAll([archive.subarray(0, length)]);
    if (betweenMembers.has(length) || length >= 7 * 512) await cut;
    else await expect(cut).rejects.toMatchObject({ code: "invalid-archive" });
  }
  for (const length of betweenMembers) await readAll([archive.subarray(0, length)]);
});

test.each<[string, Uint8Array[], RegExp]>([
  ["text", [Buffer.from("FROM scratch\n".repeat(100))], /not a tar archive/],
  [
    "an xz file",
    [Buffer.concat([Buffer.from("fd377a585a00", "hex"), Buffer.alloc(600)])],
    /this is xz, not tar/,
  ],
  ["a zero block between members", [raw("0", "a"), zeros(1), raw("0", "b")], /zero block stands between/],
  ["a wrong checksum", [raw("0", "a"), raw("0", "b").fill("z", 0, 1)], /at byte 512: the checksum/],
  ["an unknown type", [raw("Q", "a")], /"a" has the unknown type "Q"/],
  ["a multi-volume part", [raw("M", "a")], /unknown type "M"/],
  ["a negative size", [raw("0", "a", "", (block) => block.fill(0xff, 124, 136))], /size is negative/],
  [
    "a size that is none",
    [raw("0", "a", "", (block) => block.write("9", 124))],
    /size of a header is not a number/,
  ],
  ["a PAX header of nothing", [pax({ path: "a" }), end], /ends after an extended header/],
  ["a PAX header at the very end", [pax({ path: "a" })], /ends after an extended header/],
  ["a NUL in a PAX path", [pax({ path: "a\0b" }), raw("0", "x")], /path holds a NUL/],
  ["a PAX size that is none", [pax({ size: "-5" }), raw("0", "x")], /size is not a number/],
  ["a PAX owner of 33 bits", [pax({ uid: "4294967296" }), raw("0", "x")], /32 bits/],
])("readTar() refuses %s", async (_, parts, message) => {
  const failure = readAll(inPieces(Buffer.concat(parts), [1000]));
  await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
  await expect(failure).rejects.toThrow(message);
});

test("readTar() takes local PAX records before global ones, and both before the header", async () => {
  const [first, second, third, fourth] = await readAll([
    pax({ mtime: "100.5", uname: "global", gid: "7", comment: "no field" }, "g"),
    pax({ path: "local", uname: "" }),
    raw("0", "header", "", (block) => block.write("header", 265)),
    raw("0", "plain"),
    pax({ gid: "8" }, "g"),
    raw("0", "later"),
    pax({ gid: "9" }),
    raw("0", "last"),
    end,
  ]);
  expect(first).toMatchObject({
    path: "local",
    userName: "header",
    gid: 7,
    modified: { seconds: 100, nanoseconds: 5e8 },
  });
  expect(second).toMatchObject({ path: "plain", userName: "global", gid: 7 });
  expect(third).toMatchObject({ path: "later", gid: 8 });
  expect(fourth).toMatchObject({ path: "last", gid: 9 });
});

test("readTar() reads xattrs of star and of libarchive", async () => {
  const [member] = await readAll([
    pax({
      "LIBARCHIVE.xattr.user.both": Buffer.from("libarchive").toString("base64"),
      "LIBARCHIVE.xattr.user.%E3%81%82": "AP8",
      "SCHILY.xattr.user.both": "star",
      "SCHILY.xattr.security.capability": Uint8Array.of(1, 0, 0, 2, 0, 10, 61),
      "SCHILY.xattr.user.a%3Db": "",
    }),
    raw("0", "f"),
  ]);
  expect(member!.xattrs).toEqual(
    new Map<string, Uint8Array>([
      ["user.both", Buffer.from("star")],
      ["user.あ", Buffer.from([0, 255])],
      ["security.capability", Buffer.from([1, 0, 0, 2, 0, 10, 61])],
      ["user.a=b", Buffer.from("")],
    ]),
  );
});

test("readTar() reads GNU long names, which win over PAX", async () => {
  const long = "n".repeat(3000);
  const [link, plain] = await readAll([
    raw("L", "././@LongLink", `${long}\0`),
    raw("K", "././@LongLink", `${long}-target\0ignored`),
    pax({ path: "pax" }),
    raw("2", "short"),
    raw("0", "plain"),
    end,
  ]);
  expect(link).toMatchObject({ path: long, type: "symlink", linkTarget: `${long}-target` });
  expect(plain!.path).toBe("plain");
});

test("readTar() knows the types of every dialect", async () => {
  const members = await readAll([
    raw("\0", "v7"),
    raw("\0", "v7-directory/"),
    raw("0", "file/"),
    raw("7", "contiguous", "seven"),
    raw("5", "directory"),
    raw("D", "dump/", "Yfile\0\0"),
    raw("V", "label", "skipped"),
    raw("6", "fifo"),
    raw("3", "tty", "", (block) => block.write("0000005\x000000001\0", 329)),
    raw("X", "Solaris", formatPaxRecords(new Map([["path", Buffer.from("extended")]]))),
    raw("0", "x"),
    end,
  ]);
  expect(members.map(({ path, type, content }) => [path, type, text(content)])).toEqual([
    ["v7", "file", ""],
    ["v7-directory/", "directory", ""],
    ["file/", "file", ""],
    ["contiguous", "file", "seven"],
    ["directory", "directory", ""],
    ["dump/", "directory", ""],
    ["fifo", "fifo", ""],
    ["tty", "character-device", ""],
    ["extended", "file", ""],
  ]);
  expect(members[7]).toMatchObject({ deviceMajor: 5, deviceMinor: 1 });
});

test("readTar() ignores sizes of what has no content: links, directories, devices", async () => {
  const size = (block: Buffer) => block.write("00000002000\0", 124);
  const paths = ["2", "3", "4", "5", "6"].map((flag) => raw(flag, `type-${flag}`, "", size));
  const members = await readAll([...paths, raw("0", "after", "x"), end]);
  expect(members.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
    ["type-2", 0],
    ["type-3", 0],
    ["type-4", 0],
    ["type-5", 0],
    ["type-6", 0],
    ["after", 1],
  ]);
});

test("readTar() takes hard links that name a size with their content and without", async () => {
  const target = (block: Buffer) => block.write("a", 157);
  const named = (block: Buffer) => block.write("00000001752\0", 124) && target(block);
  const members = await readAll([
    raw("0", "a", "x".repeat(1000)),
    raw("1", "without", "", named),
    raw("1", "with", "x".repeat(1002), target),
    raw("1", "last", "", named),
    end,
  ]);
  expect(members.map(({ path, type, sizeBytes, linkTarget }) => [path, type, sizeBytes, linkTarget])).toEqual(
    [
      ["a", "file", 1000, undefined],
      ["without", "hardlink", 0, "a"],
      ["with", "hardlink", 0, "a"],
      ["last", "hardlink", 0, "a"],
    ],
  );
});

test("readTar() keeps names that are not UTF-8", async () => {
  const bytes = Buffer.from([0x66, 0xfc, 0x72]);
  const [v7, fromPax, gnu] = await readAll([
    raw("0", bytes.toString("latin1")),
    pax({ path: bytes, hdrcharset: "BINARY" }),
    raw("0", "x"),
    raw("L", "x", bytes),
    raw("0", "x"),
  ]);
  for (const member of [v7, fromPax, gnu]) expect(member!.path).toBe("f\udcfcr");
});

test.each<[string, Parameters<typeof readAll>[1], Uint8Array[]]>([
  ["entries", { maxEntries: 2 }, [raw("0", "a"), raw("0", "b"), raw("0", "c")]],
  ["entries, where there are headers only", { maxEntries: 5 }, Array(9).fill(pax({ a: "b" }))],
  ["the path", { maxPathBytes: 10 }, [raw("0", "12345678901")]],
  ["the path in bytes", { maxPathBytes: 10 }, [pax({ path: "ééééée" }), raw("0", "x")]],
  ["the link", { maxPathBytes: 10 }, [raw("2", "a", "", (block) => block.write("12345678901", 157))]],
  ["a PAX header", { maxHeaderBytes: 100 }, [pax({ comment: "x".repeat(100) })]],
  ["a long name", { maxHeaderBytes: 100 }, [raw("L", "x", "x".repeat(101))]],
  [
    "all global headers",
    { maxHeaderBytes: 100 },
    [pax({ a: "x".repeat(60) }, "g"), pax({ b: "x".repeat(60) }, "g")],
  ],
  ["contents", { maxTotalBytes: 10 }, [raw("0", "a", "123456"), raw("0", "b", "12345")]],
  ["what follows the end", { maxTrailingBytes: 2000 }, [raw("0", "a"), end, Buffer.alloc(2048)]],
  [
    "a size that is only claimed",
    {},
    [raw("0", "a", "", (block) => block.write("\x80\0\0\0\0\x02", 124, "latin1"))],
  ],
])("readTar() stops at the limit of %s", async (_, limits, parts) => {
  await expect(readAll([Buffer.concat(parts)], limits)).rejects.toMatchObject({ code: "limit-exceeded" });
});

test("readTar() lets global headers replace each other without end", async () => {
  const many = Array.from({ length: 20 }, (_, i) => pax({ a: String(i % 10).repeat(60) }, "g"));
  expect(await readAll([...many, raw("0", "a"), end], { maxHeaderBytes: 100 })).toHaveLength(1);
});

test("readTar() closes its source when the caller stops, when it fails, and not when it has ended", async () => {
  let closed = 0;
  const source = (parts: Uint8Array[]) => {
    const iterator = parts[Symbol.iterator]();
    return {
      [Symbol.iterator]: () => ({
        next: () => iterator.next(),
        return: () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
  };
  for await (const member of readTar(source([raw("0", "a", "x"), end]))) if (member.path === "a") break;
  expect(closed).toBe(1);
  await expect(readAll(source([raw("Q", "a")]))).rejects.toThrow("unknown type");
  expect(closed).toBe(2);
  await readAll(source([raw("0", "a", "x"), end]));
  expect(closed).toBe(2);
});

test("readTar() passes on what its source throws", async () => {
  async function* source() {
    yield raw("0", "a", "x".repeat(600)).subarray(0, 700);
    throw new Error("network");
  }
  await expect(readAll(source())).rejects.toThrow("network");
});

test("readTar() hands contents on without a copy where they lie in one chunk", async () => {
  const archive = await writeAll([input("a", { text: "x".repeat(1000) })]);
  for await (const member of readTar([archive])) {
    for await (const chunk of member.content()) expect(chunk.buffer).toBe(archive.buffer);
  }
});

test("readTar() survives damaged archives (reader.fuzz.ts)", () => fuzzReader(1, 300));
