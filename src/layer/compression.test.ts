import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import type { ByteSource } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { type Compression, compress, compressionOf, decompress } from "./compression.ts";

async function bytesOf(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(new Uint8Array(chunk));
  return Buffer.concat(chunks);
}

/** The same bytes in pieces, each in a buffer that is overwritten when the next one is asked for. */
function* inPieces(bytes: Uint8Array, ...sizes: number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = new Uint8Array(bytes.subarray(at, at + sizes[i % sizes.length]!));
    at += piece.length;
    yield piece;
    piece.fill(0xaa);
  }
}

/** Compressible, the same on every machine, and without a period that would flatter a window. */
function sampleBytes(length: number): Buffer {
  const words = [
    "layer",
    "blob",
    "digest",
    "manifest",
    "index",
    "whiteout",
    "opaque",
    "diffID",
    "\n",
    "/usr/lib/",
  ];
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    at += bytes.write(`${words[(state >>> 16) % words.length]} ${state >>> 24} `, at, "latin1") || 1;
  }
  return bytes;
}

/** Several blocks, the last one cut. */
const samples = { gzip: sampleBytes(1_800_000), zstd: sampleBytes(9_500_000) };
const text = Buffer.from("some text ".repeat(50));

test.each<Compression>([
  "gzip",
  "zstd",
  "none",
])("decompress() gives back what compress() took: %s", async (compression) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 1, max: 900 }),
      async (bytes, size) => {
        fc.pre(compression !== "none" || compressionOf(bytes) === "none");
        const compressed = await bytesOf(compress(inPieces(bytes, size), compression));
        expect(await bytesOf(decompress(inPieces(compressed, size)))).toEqual(Buffer.from(bytes));
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  "gzip",
  "zstd",
] as const)("compress() does not depend on the chunks of its input: %s", async (compression) => {
  const sample = samples[compression];
  const whole = await bytesOf(compress([sample], compression));
  expect(whole.length).toBeLessThan(sample.length / 2);
  for (const sizes of [[1 << 20], [524_288], [524_287, 1], [70_001], [4_194_304, 3]]) {
    expect((await bytesOf(compress(inPieces(sample, ...sizes), compression))).equals(whole)).toBe(true);
  }
  expect((await bytesOf(decompress([whole]))).equals(sample)).toBe(true);
});

test.skipIf(Bun.which("taskset") === null)("compress() gives the same bytes on one core", async () => {
  const script = `
    const { compress } = await import(${JSON.stringify(import.meta.resolve("./compression.ts"))});
    const sample = await Bun.stdin.bytes();
    for (const compression of ["gzip", "zstd"]) {
      const hash = new Bun.CryptoHasher("sha256");
      for await (const chunk of compress([sample], compression)) hash.update(chunk);
      console.log("sha256:" + hash.digest("hex"));
    }`;
  const child = Bun.spawn(["taskset", "--cpu-list", "0", process.execPath, "-e", script], {
    stdin: samples.zstd,
  });
  expect((await new Response(child.stdout).text()).trim().split("\n")).toEqual([
    digestOf(await bytesOf(compress([samples.zstd], "gzip"))),
    digestOf(await bytesOf(compress([samples.zstd], "zstd"))),
  ]);
});

test("compress() keeps its bytes: a change of these digests changes the digests of images", async () => {
  const digests = [];
  for (const [compression, level] of [["gzip"], ["gzip", 9], ["zstd"], ["zstd", 10]] as const) {
    digests.push(
      digestOf(await bytesOf(compress([samples.gzip.subarray(0, 1_500_000)], compression, level))),
    );
  }
  expect(digests).toMatchInlineSnapshot(`
    [
      "sha256:a782a8a6c3228466d87cb64bb8ff94382ad970eb1381f5430d450d23603d17c9",
      "sha256:22d8788f636f5dbbe3dd5b67cb176c76b5b9a11ab005b1b002a3aac736163055",
      "sha256:16e1dd76491090d0823d5dca2e041e9a60bf2ca3a00a15fb14647145a0edda80",
      "sha256:ac0a70fc36d7c5e0e753b249dacc7e6ffb0a47b9caf98a7e063d9f0765681d2e",
    ]
  `);
});

test("compress() writes one gzip member without name, time or system", async () => {
  const compressed = await bytesOf(compress([samples.gzip], "gzip"));
  expect(compressed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
  // DecompressionStream refuses anything behind the first member.
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  expect(digestOf(await new Response(stream).bytes())).toBe(digestOf(samples.gzip));
});

test("compress() of nothing is a valid empty file", async () => {
  for (const compression of ["gzip", "zstd"] as const) {
    const compressed = await bytesOf(compress([], compression));
    expect(compressionOf(compressed)).toBe(compression);
    expect(await bytesOf(decompress([compressed]))).toEqual(Buffer.alloc(0));
  }
  expect(await bytesOf(compress([], "none"))).toEqual(Buffer.alloc(0));
});

test.each([
  ["gzip", 0],
  ["gzip", 10],
  ["zstd", 20],
  ["zstd", 1.5],
  ["none", 1],
] as const)("compress() has no %s level %d", async (compression, level) => {
  await expect(bytesOf(compress([text], compression, level))).rejects.toMatchObject({ code: "usage" });
});

test.each([
  ["1f8b08", "gzip"],
  ["28b52ffd", "zstd"],
  ["502a4d18", "zstd"],
  ["5f2a4d18", "zstd"],
  ["602a4d18", "none"],
  ["1f", "none"],
  ["", "none"],
  ["75737461", "none"],
])("compressionOf(%s) is %s", (hex, compression) => {
  expect(compressionOf(Buffer.from(hex, "hex"))).toBe(compression as Compression);
});

test("a plain tar is one, whatever the name of its first member looks like", async () => {
  for (const name of ["\x1f\x8b\x08", "(\xb5/\xfd", "P*M\x18"]) {
    const tar = Buffer.alloc(1536);
    tar.write(name, 0, "latin1");
    tar.write("ustar", 257, "latin1");
    expect(compressionOf(tar)).toBe("none");
    // In pieces as small as they come.
    const pieces = Array.from({ length: tar.length }, (_, at) => tar.subarray(at, at + 1));
    expect(await bytesOf(decompress(pieces))).toEqual(tar);
  }
});

const gz = gzipSync(text);
const zst = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const unsized = Buffer.concat(await Array.fromAsync(compress([samples.zstd.subarray(0, 300_000)], "zstd")));
const skippable = Buffer.from("552a4d1805000000aabbccddee", "hex");
const zeros = Buffer.alloc(700);

test.each([
  ["two gzip members", [gz, gz], 2],
  ["a gzip member that holds nothing", [gzipSync(""), gz], 1],
  ["gzip padded with zeros", [gz, zeros], 1],
  ["two zstd frames", [zst, zst], 2],
  ["skippable frames before, between and behind", [skippable, zst, skippable, skippable, zst, skippable], 2],
  ["plain bytes", [text], 1],
  ["nothing", [], 0],
])("decompress() takes %s", async (_, parts, times) => {
  const expected = Buffer.from(text.toString().repeat(times));
  const whole = Buffer.concat(parts);
  expect(await bytesOf(decompress([whole]))).toEqual(expected);
  expect(await bytesOf(decompress(inPieces(whole, 1)))).toEqual(expected);
  expect(await bytesOf(decompress(parts))).toEqual(expected);
});

test.each([
  ["garbage behind a gzip", [gz, Buffer.from("garbage")]],
  ["garbage behind a gzip and zeros", [gz, zeros, Buffer.from("garbage")]],
  ["much garbage behind a gzip and zeros", [gz, zeros, randomBytes(3_000_000)]],
  ["a gzip behind zeros", [gz, zeros, gz]],
  ["a zstd behind a gzip", [gz, zst]],
  ["half a gzip behind a gzip", [gz, gz.subarray(0, 12)]],
  ["garbage behind a zstd", [zst, Buffer.from("garbage")]],
  ["zeros behind a zstd", [zst, zeros]],
  ["a gzip behind a zstd", [zst, gz]],
  ["half a magic number behind a zstd", [zst, zst.subarray(0, 2)]],
  ["a wrong gzip checksum", [Buffer.from(gz).fill(0, gz.length - 8, gz.length - 4)]],
  ["a wrong gzip size", [Buffer.from(gz).fill(9, gz.length - 4)]],
  ["a damaged gzip", [Buffer.from(gz).fill(0xff, 12, 20)]],
  ["a wrong zstd checksum", [Buffer.from(zst).fill(0, zst.length - 4)]],
  ["a damaged zstd", [Buffer.from(unsized).fill(0xff, 2000, 2100)]],
  ["a zstd that needs a dictionary", [Buffer.from("28b52ffd212a05012900006869", "hex")]],
])("decompress() refuses %s", async (_, parts) => {
  const whole = Buffer.concat(parts);
  await expect(bytesOf(decompress([whole]))).rejects.toMatchObject({ code: "invalid-archive" });
  await expect(bytesOf(decompress(inPieces(whole, 65_536)))).rejects.toMatchObject({
    code: "invalid-archive",
  });
  await expect(bytesOf(decompress(parts))).rejects.toMatchObject({ code: "invalid-archive" });
});

test("decompress() refuses a source cut at any byte", async () => {
  for (const whole of [gz, zst, Buffer.concat([skippable, zst]), Buffer.concat([gz, gz])]) {
    const betweenParts = [0, 1, gz.length, skippable.length];
    for (let length = 2; length < whole.length; length++) {
      const isWhole = whole !== gz && whole !== zst && betweenParts.includes(length);
      // Fewer than four bytes are not known to be zstd: they are plain, and no tar.
      if (isWhole || (whole !== gz && whole[0] !== 0x1f && length < 4)) continue;
      await expect(bytesOf(decompress([whole.subarray(0, length)]))).rejects.toMatchObject({
        code: "invalid-archive",
      });
    }
  }
  for (let length = 10; length < unsized.length; length += 997) {
    await expect(bytesOf(decompress([unsized.subarray(0, length)]))).rejects.toThrow("truncated");
  }
});

test.each(["gzip", "zstd", "none"] as const)("decompress() stops at its limit: %s", async (compression) => {
  const bomb = await bytesOf(compress([Buffer.alloc(20_000_000, "x")], compression));
  const limited = () => bytesOf(decompress([bomb], { maxBytes: 1_000_000 }));
  await expect(limited()).rejects.toMatchObject({ code: "limit-exceeded" });
  expect((await bytesOf(decompress([bomb], { maxBytes: 20_000_000 }))).length).toBe(20_000_000);
});

/** A source that counts what was taken from it and tells whether it was closed. */
function watched(bytes: Uint8Array, size: number, failAt = Number.POSITIVE_INFINITY) {
  const state = { taken: 0, closed: false };
  async function* source() {
    try {
      for (const piece of inPieces(bytes, size)) {
        if (state.taken >= failAt) throw new Error("network");
        state.taken += piece.length;
        yield piece;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, source: source() };
}

const noise = randomBytes(30_000_000);

test.each([
  "gzip",
  "zstd",
  "none",
] as const)("decompress() stays close to a slow receiver and closes its source: %s", async (compression) => {
  const compressed = await bytesOf(compress([noise], compression, compression === "none" ? undefined : 1));
  const { state, source } = watched(compressed, 65_536);
  let received = 0;
  for await (const chunk of decompress(source)) {
    received += chunk.length;
    await Bun.sleep(1);
    expect(state.taken - received).toBeLessThan(3_000_000);
    if (received > 8_000_000) break;
  }
  expect(state.closed).toBe(true);
});

test.each([
  "gzip",
  "zstd",
] as const)("compress() stays close to a slow receiver and closes its source: %s", async (compression) => {
  const { state, source } = watched(noise, 65_536);
  let received = 0;
  for await (const chunk of compress(source, compression, 1)) {
    received += chunk.length;
    if (received > 4_000_000) break;
  }
  expect(state.closed).toBe(true);
  expect(state.taken).toBeLessThan(noise.length);
});

test.each([
  "gzip",
  "zstd",
  "none",
] as const)("compress() and decompress() pass on what the source throws: %s", async (compression) => {
  const compressed = await bytesOf(compress([noise.subarray(0, 2_000_000)], compression));
  const failing = watched(compressed, 65_536, 1_000_000);
  await expect(bytesOf(decompress(failing.source))).rejects.toThrow("network");
  expect(failing.state.closed).toBe(true);
  await expect(bytesOf(compress(watched(noise, 65_536, 3_000_000).source, compression))).rejects.toThrow(
    "network",
  );
});

test("decompress() closes its source when the input is damaged", async () => {
  const damaged = Buffer.concat([gz, Buffer.from("garbage"), noise.subarray(0, 3_000_000)]);
  const { state, source } = watched(damaged, 65_536);
  await expect(bytesOf(decompress(source))).rejects.toMatchObject({ code: "invalid-archive" });
  expect(state.closed).toBe(true);
  expect(state.taken).toBeLessThan(damaged.length);
});

/** Programs that must read what compress() writes; each writes the decompressed bytes. */
const readers: readonly (readonly [string, "gzip" | "zstd", readonly string[]])[] = [
  ["gzip", "gzip", ["gzip", "-dc"]],
  ["pigz", "gzip", ["pigz", "-dc"]],
  ["zstd", "zstd", ["zstd", "-dcq"]],
  [
    "python3",
    "gzip",
    [
      "python3",
      "-c",
      "import gzip, shutil, sys; shutil.copyfileobj(gzip.open(sys.stdin.buffer), sys.stdout.buffer)",
    ],
  ],
  [
    "perl",
    "gzip",
    ["perl", "-MIO::Uncompress::Gunzip", "-e", "IO::Uncompress::Gunzip::gunzip('-' => '-') or die"],
  ],
];

for (const [program, compression, argv] of readers) {
  // pigz and perl's module are met where they are, and asked of no machine.
  const isAsked = process.env.KASANE_REQUIRE_PEERS === "1" && program !== "pigz" && program !== "perl";
  test.skipIf(!isAsked && Bun.which(program) === null)(
    `${program} reads what compress() writes`,
    async () => {
      const sample = samples[compression];
      const child = Bun.spawn([...argv], { stdin: await bytesOf(compress([sample], compression)) });
      expect(digestOf(await new Response(child.stdout).bytes())).toBe(digestOf(sample));
      expect(await child.exited).toBe(0);
    },
  );
}
