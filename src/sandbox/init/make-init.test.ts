import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { makeInit } from "./make-init.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-init-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** This machine's own, and the other processor's under an emulator where there is one. */
const emulators = { x64: "qemu-x86_64", arm64: "qemu-aarch64" };
const ways = (["x64", "arm64"] as const).map((name) => {
  const emulator = Bun.which(emulators[name]) ?? Bun.which(`${emulators[name]}-static`);
  return { name, start: name === arch ? [] : emulator === null ? undefined : [emulator] };
});

describe.each(ways)("the init for $name", ({ name, start }) => {
  const run = (...argv: string[]) => {
    const file = join(directory, name);
    writeFileSync(file, makeInit(name)!, { mode: 0o755 });
    return Bun.spawn([...start!, file, argv[0]!, ...argv], {
      env: { PATH: "/usr/bin:/bin", SEEN: "yes" },
      stdio: ["ignore", "pipe", "inherit"],
    });
  };
  test.skipIf(start === undefined)(
    "runs the program with its arguments and environment, and ends as it does",
    async () => {
      const child = run("/bin/sh", "-c", 'echo "$SEEN $0 $1"; exit 7', "one", "two");
      expect([await child.stdout.text(), await child.exited]).toEqual(["yes one two\n", 7]);
      expect(await run("/bin/sh", "-c", "kill -9 $$").exited).toBe(137);
      expect(await run("/no/such/program").exited).toBe(127);
    },
  );

  test.skipIf(start === undefined)("passes signals on", async () => {
    const child = run(
      "/bin/sh",
      "-c",
      'trap "echo told; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    );
    const reader = child.stdout.getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toBe("ready\n");
    child.kill("SIGTERM");
    expect([await next(), await child.exited]).toEqual(["told\n", 5]);
  });
});

test("there is none for other processors", () => {
  expect(makeInit("riscv64")).toBeUndefined();
});
