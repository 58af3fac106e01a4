import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { x86Keeper } from "./keeper-program.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-keeper-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.skipIf(arch !== "x64").each([
  ["(exit 0)", 0],
  ["(exit 7)", 7],
  ["(exit 255)", 255],
  ["sh -c 'kill -KILL $$'", 137],
  ["sh -c 'kill -TERM $$'", 143],
])("a keeper whose child is %s ends with %i", async (child, code) => {
  const file = join(directory, "keeper");
  writeFileSync(file, x86Keeper(), { mode: 0o755 });
  expect(
    await Bun.spawn(["sh", "-c", `${child} & exec ${file}`], { stdio: ["ignore", "ignore", "ignore"] })
      .exited,
  ).toBe(code);
});
