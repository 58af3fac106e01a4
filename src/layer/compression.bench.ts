/**
 * Speed and ratio of compress(), decompress() and indexLayer() on a tar: `bun src/layer/compression.bench.ts FILE.tar [RUNS]`. The best of
 * RUNS (3) is printed. To compare with: `gzip -6`, `pigz -6`, `zstd -3` on the same file.
 */
import { type Compression, compress, decompress } from "./compression.ts";
import { indexLayer } from "./layer-index.ts";

const path = process.argv[2];
if (path === undefined) throw new Error("which tar? (bun src/layer/compression.bench.ts FILE.tar)");
const runs = Number(process.argv[3] ?? 3);
const tar = await Bun.file(path).bytes();

async function measure(name: string, work: () => Promise<number>): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    bytes = await work();
    best = Math.min(best, performance.now() - start);
  }
  const speed = (tar.length / best / 1e3).toFixed(0).padStart(6);
  console.log(`${name.padEnd(24)} ${speed} MB/s   ${(bytes / tar.length).toFixed(4)}`);
}

async function sizeOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of source) size += chunk.length;
  return size;
}

const cases: readonly (readonly [Compression, number | undefined])[] = [
  ["gzip", undefined],
  ["gzip", 1],
  ["gzip", 9],
  ["zstd", undefined],
  ["zstd", 1],
  ["zstd", 9],
  ["none", undefined],
];

for (const [compression, level] of cases) {
  const name = level === undefined ? compression : `${compression} -${level}`;
  await measure(`compress ${name}`, () => sizeOf(compress([tar], compression, level)));
  if (level !== undefined) continue;
  const blob = await Array.fromAsync(compress([tar], compression));
  await measure(`decompress ${name}`, () => sizeOf(decompress(blob)));
  await measure(`indexLayer ${name}`, async () => (await indexLayer(blob)).tarSizeBytes);
}
