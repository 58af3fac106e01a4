/**
 * Damages valid archives and reads them: whatever comes, readTar() ends with members or a KasaneError of a documented code, gives as
 * many bytes as it promises, and reads alike for any chunks. `bun src/tar/reader.fuzz.ts [SEED [RUNS]]`; a failure names its seed.
 */
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { readTar } from "./reader.ts";
import { arbitraryInput } from "./testing/arbitrary-input.ts";
import { inPieces, writeAll } from "./testing/members.ts";

const limits = { maxEntries: 50, maxPathBytes: 2000, maxHeaderBytes: 20_000, maxTotalBytes: 4_000_000 };

/** What makes trouble in headers: signs, digits at the edge, marks of other dialects. */
const spice = [
  "\xff\xff\xff\xff",
  "\x80\0\0\0\0\0\0\x01",
  "77777777777",
  "9",
  "-1",
  "=",
  "\n",
  "\0",
  " ",
  "99 ",
  "GNU.sparse.map=0,5",
  "ustar  \0",
  "S",
  "x",
  "g",
  "L",
  "K",
  "1",
  "D",
];

/** Where the fields of a header begin. */
const fields = [0, 100, 108, 124, 136, 156, 257, 345, 386, 482, 483];

export async function fuzzReader(seed: number, runs: number): Promise<void> {
  for (let run = seed; run < seed + runs; run++) {
    try {
      await fuzzOnce(run);
    } catch (error) {
      throw new Error(`seed ${run}`, { cause: error });
    }
  }
}

async function fuzzOnce(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const archive = Buffer.from(await writeAll(fc.sample(arbitraryInput, { seed, numRuns: 1 + random(4) })));
  let damaged: Buffer = archive;
  for (let i = random(4); i >= 0; i--) damaged = damage(damaged, random);
  const whole = await outcome([damaged]);
  const pieces = await outcome(inPieces(damaged, [1 + random(700), 1 + random(5000)]));
  if (whole !== pieces) throw new Error(`chunks matter:\n${whole}\n${pieces}`);
}

function damage(archive: Buffer, random: (below: number) => number): Buffer {
  if (archive.length === 0) return archive;
  const copy = Buffer.from(archive);
  const at = random(copy.length);
  switch (random(7)) {
    case 0:
      copy[at] = random(256);
      break;
    case 1:
      overwrite(copy, at, spice[random(spice.length)]!);
      break;
    case 2:
      return copy.subarray(0, at);
    case 3: {
      const block = at - (at % 512);
      return Buffer.concat([copy.subarray(0, block), copy.subarray(block + 512)]);
    }
    case 4: {
      const block = at - (at % 512);
      return Buffer.concat([copy.subarray(0, block + 512), copy.subarray(block)]);
    }
    case 5:
      overwrite(copy, at - (at % 512) + fields[random(fields.length)]!, spice[random(spice.length)]!);
      break;
    default:
      copy.fill(0, at, Math.min(copy.length, at + random(600)));
  }
  // Most damage would end at the checksum: make it right again.
  const block = at - (at % 512);
  if (random(3) > 0 && block + 512 <= copy.length) {
    copy.fill(0x20, block + 148, block + 156);
    const sum = copy.subarray(block, block + 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, "0")}\0`, block + 148, "latin1");
  }
  return copy;
}

function overwrite(bytes: Buffer, at: number, text: string): void {
  for (let i = 0; i < text.length && at + i < bytes.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** What a reading came to, as text. */
async function outcome(source: Iterable<Uint8Array>): Promise<string> {
  const lines: string[] = [];
  try {
    for await (const member of readTar(source, limits)) {
      const { content, ...fields } = member;
      const hasher = new Bun.CryptoHasher("sha256");
      let size = 0;
      for await (const chunk of content()) {
        hasher.update(chunk);
        size += chunk.length;
      }
      if (size !== member.sizeBytes) throw new Error(`${size} bytes instead of ${member.sizeBytes}`);
      const xattrs = [...(member.xattrs ?? [])].map(([key, value]) => [
        key,
        Buffer.from(value).toString("hex"),
      ]);
      lines.push(JSON.stringify({ ...fields, xattrs, content: hasher.digest("hex") }));
    }
  } catch (error) {
    if (!isKasaneError(error, "invalid-archive") && !isKasaneError(error, "limit-exceeded")) throw error;
    lines.push(`${error.code}: ${error.message}`);
  }
  return lines.join("\n");
}

/** A small generator (mulberry32): a seed reproduces a run on every machine. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? Date.now() % 1_000_000);
  await fuzzReader(seed, Number(process.argv[3] ?? 10_000));
  console.log(`no failure from seed ${seed}`);
}
