import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { x86Starter } from "./starter-program.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-starter-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const status = join(directory, "status");

function start(...argv: string[]) {
  const file = join(directory, "starter");
  writeFileSync(file, x86Starter(), { mode: 0o755 });
  const [argv0, ...rest] = argv;
  writeFileSync(status, "");
  const { exitCode, stdout } = Bun.spawnSync(
    ["bash", "-c", `exec -a "$0" ${file} "$@" 4>${status}`, argv0!, ...rest],
    { env: { PATH: "/usr/bin:/bin", SEEN: "yes" } },
  );
  return { exitCode, out: stdout.toString(), status: readFileSync(status, "utf8") };
}

test.skipIf(arch !== "x64")("a starter becomes the program, which has nothing of its status", () => {
  const script = 'echo "$SEEN $0 $1"; { true >&4; } 2>/dev/null || echo closed; exit 7';
  expect(start("/bin/sh", "sh", "-c", script, "one", "two")).toEqual({
    ...{ exitCode: 7, out: "yes one two\nclosed\n", status: "" },
  });
});

test.skipIf(arch !== "x64")("a starter says that there is no program, and ends with the errno", () => {
  expect(start("/nowhere", "a").status).toBe('{"event":"unstarted"}\n');
  expect([start("/nowhere", "a").exitCode, start("/etc/passwd", "a").exitCode]).toEqual([2, 13]);
});

test.skipIf(arch !== "x64")("a starter that is somebody's interpreter ends", () => {
  const file = join(directory, "starter");
  const script = join(directory, "script");
  writeFileSync(script, `#!${file}\n`, { mode: 0o755 });
  expect(start(script, "a")).toEqual({ exitCode: 126, out: "", status: "" });
});
