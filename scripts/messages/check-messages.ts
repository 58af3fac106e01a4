/**
 * Compares the Japanese catalogue with the English sentences of the source. Run by `npm run ok`; alone it prints what is to be done:
 * `scripts/bun scripts/messages/check-messages.ts`.
 */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Catalogue, parsePattern } from "../../src/cli/messages/catalogue.ts";
import { unchanged } from "../../src/cli/messages/ja/unchanged.ts";
import { japanese, toJapanese } from "../../src/cli/messages/japanese.ts";
import { parseSource } from "./parse-source.ts";
import { sourceTexts } from "./source-texts.ts";
import { unsaidTexts } from "./unsaid-texts.ts";

export interface MessageProblems {
  /** Sentences without Japanese, or printed without asking for it, each with the place it stands at. */
  readonly missing: readonly string[];
  /** Entries that are wrong: no such sentence any more, other holes, or taken for another entry. */
  readonly wrong: readonly string[];
}

export async function checkMessages(): Promise<MessageProblems> {
  const files = await parseSource();
  const places = new Map<string, string>();
  for (const { pattern, place } of sourceTexts(files)) {
    if (!places.has(pattern)) places.set(pattern, place);
  }
  const kept = new Set(unchanged);
  const missing: string[] = [];
  for (const [pattern, place] of places) {
    if (!Object.hasOwn(japanese, pattern) && !kept.has(pattern)) {
      missing.push(`${place}: ${JSON.stringify(pattern)} has no Japanese: add it in src/cli/messages/ja/`);
    }
  }
  for (const text of unsaidTexts(files))
    missing.push(`${text} is printed in English only: tell() or say() it`);
  const wrong: string[] = [];
  for (const [pattern, translation] of Object.entries(japanese)) {
    const entry = JSON.stringify(pattern);
    if (!places.has(pattern)) wrong.push(`${entry} is in src/cli/messages/ja/ and nowhere else: remove it`);
    else if (!hasSameHoles(pattern, translation))
      wrong.push(`${entry}: its Japanese must name each of its holes: {1} is the first`);
    else if (toJapanese(sample(pattern)) !== sample(translation))
      wrong.push(`${entry}: another entry comes before it: ${toJapanese(sample(pattern))}`);
  }
  wrong.push(...(await repeatedEntries()));
  for (const text of kept) {
    if (!places.has(text))
      wrong.push(`${JSON.stringify(text)} is in ja/unchanged.ts and nowhere else: remove it`);
  }
  return { missing, wrong };
}

async function repeatedEntries(): Promise<string[]> {
  const folder = resolve(import.meta.dir, "../../src/cli/messages/ja");
  const seen = new Map<string, string>();
  const repeated: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name !== "unchanged.ts")) {
    const catalogues: Catalogue[] = Object.values(await import(join(folder, file)));
    for (const key of catalogues.flatMap((catalogue) => Object.keys(catalogue))) {
      const other = seen.get(key);
      if (other !== undefined)
        repeated.push(`${JSON.stringify(key)} is in ja/${other} and ja/${file}: keep one`);
      seen.set(key, file);
    }
  }
  return repeated;
}

function hasSameHoles(pattern: string, translation: string): boolean {
  const count = parsePattern(pattern).holes.length;
  const named = new Set([...translation.matchAll(/\{(\d+)\}/g)].map((match) => Number(match[1])));
  return named.size === count && [...named].every((number) => number >= 1 && number <= count);
}

/** With something in the holes that no entry knows. */
function sample(text: string): string {
  let count = 0;
  return text.replaceAll(/\{(\*|\d)?\}/g, (_, number: string | undefined) =>
    number !== undefined && number !== "*" ? `\u00a7${number}` : `\u00a7${++count}`,
  );
}

if (import.meta.main) {
  const { missing, wrong } = await checkMessages();
  for (const problem of [...missing, ...wrong]) console.error(problem);
  process.exit(missing.length + wrong.length === 0 ? 0 : 1);
}
