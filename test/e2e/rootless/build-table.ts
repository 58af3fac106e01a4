/**
 * Builds the table of test/interop/builders with the base image of a directory and prints what came of it, a JSON object by the cases' names: a process of its
 * own, so that an ordinary user can do it below `kasane unshare`. `build-table.ts DIRECTORY WORK`
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { kasaneBuilder, writeCase } from "../../interop/builders/build-with-kasane.ts";
import { buildCases } from "../../interop/builders/cases/mod.ts";
import { runOk } from "../../outside.ts";

export type TableResult = Readonly<
  Record<string, { readonly digest: string; readonly tree: readonly string[] } | { readonly refused: string }>
>;

if (import.meta.main) {
  const [directory, work] = process.argv.slice(2);
  await using kasane = await kasaneBuilder(directory!);
  const results: Record<string, TableResult[string]> = {};
  for (const [index, test] of buildCases.entries()) {
    const place = join(work!, `${index}`);
    mkdirSync(place, { recursive: true });
    try {
      const { digest, tree } = await kasane.build(await writeCase(test, place));
      results[test.name] = { digest, tree };
    } catch (error) {
      results[test.name] = { refused: error instanceof Error ? error.message : String(error) };
    }
    await runOk(["rm", "-rf", place]);
  }
  console.log(JSON.stringify(results));
}
