import { expect, test } from "bun:test";
import { join } from "node:path";
import { commandDocs } from "./command-docs.ts";

test("docs/commands.md and its Japanese are what the commands say of themselves", async () => {
  for (const [file, text] of await commandDocs()) {
    const written = await Bun.file(join(import.meta.dir, "..", file)).text();
    if (written !== text) throw new Error(`${file} is out of date: scripts/bun scripts/command-docs.ts`);
    expect(written).toBe(text);
  }
});
