import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The image every build stands on, by a name that each contender knows. */
export const baseName = "bench-base:latest";

const files = 2000;
const folders = 40;
/** Between 0.5 and 8 KB, as source files are. */
const meanLines = 70;

/**
 * A Dockerfile whose RUN writes 5,000 files, and a context of 2,000 text files below `directory`. Another seed changes what RUN does and every
 * file, so that nothing of an earlier build helps.
 */
export function writeContext(directory: string, seed: number, base: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const lines = [
    `FROM ${base}`,
    `RUN mkdir /data && i=0 && while [ $i -lt 5000 ]; do echo "${seed} $i" >/data/$i; i=$((i+1)); done`,
    "COPY . /app/",
    'CMD ["/bin/sh"]',
  ];
  writeFileSync(join(directory, "Dockerfile"), `${lines.join("\n")}\n`);
  for (let folder = 0; folder < folders; folder++)
    mkdirSync(join(directory, `src/module${folder}`), { recursive: true });
  for (let file = 0; file < files; file++) writeFileSync(sourcePath(directory, file), source(file, seed));
}

export function changeOneFile(directory: string, seed: number): void {
  writeFileSync(sourcePath(directory, 777), source(777, seed + 0.5));
}

function sourcePath(directory: string, file: number): string {
  return join(directory, `src/module${file % folders}/part${file}.ts`);
}

function source(file: number, seed: number): string {
  const length = 10 + ((file * 7919) % (2 * meanLines));
  let text = `// module ${file} of ${seed}\n`;
  let state = (file * 2654435761 + seed * 97) >>> 0;
  for (let line = 0; line < length; line++) {
    state = (state * 1664525 + 1013904223) >>> 0;
    text += `export const value${line} = compute(${state}, "${(state ^ 0x5bd1e995).toString(36)}");\n`;
  }
  return text;
}

/** `count` RUNs that do nothing, none of them cached. */
export function writeRuns(directory: string, count: number, seed: number, base: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const runs = Array.from({ length: count }, (_, index) => `RUN : ${seed} ${count} ${index}`);
  writeFileSync(join(directory, "Dockerfile"), `FROM ${base}\n${runs.join("\n")}\n`);
}

/** One file of 300 MB that shrinks to about a third, as programs and libraries do. */
export function writeLargeFile(directory: string, seed: number, base: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "Dockerfile"), `FROM ${base}\nCOPY large /large\n`);
  const bytes = Buffer.alloc(largeBytes);
  const words = new Uint32Array(bytes.buffer);
  let state = seed + 1;
  for (let index = 0; index < words.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Three kinds of words in runs: noise, small numbers, and repetition.
    const kind = (index >> 5) % 3;
    words[index] = kind === 0 ? state : kind === 1 ? state >>> 22 : words[Math.max(0, index - 96)]!;
  }
  writeFileSync(join(directory, "large"), bytes);
}

export const largeBytes = 300_000_000;
