/** The compiled executable alone, without Node, Bun, the checkout, or anything in its environment. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBaseRoot } from "../../scripts/base-root.ts";
import { checkout, kasane, runOk } from "../outside.ts";

let work: string;
/** Only what every system has on its PATH. */
const call = (...args: string[]) =>
  runOk(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", `HOME=${work}`, join(work, "kasane"), ...args], {
    cwd: work,
  });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-compiled-"));
  const built = join(work, "out", "kasane");
  await runOk([join(checkout, "scripts/bun"), join(checkout, "scripts/build.ts"), built]);
  copyFileSync(built, join(work, "kasane"));
  await makeBaseRoot(join(work, "rootfs"));
  writeFileSync(join(work, "Dockerfile"), 'FROM base\nRUN echo built > /result\nCMD ["cat", "/result"]\n');
}, 60_000);
afterAll(async () => {
  await Bun.spawn([kasane, "unshare", "rm", "-rf", work]).exited;
});

test("builds, runs, saves and loads", async () => {
  expect(await call("version")).toBe(await runOk([kasane, "version"]));
  await call("--root", "store", "import", "rootfs", "base");
  await call("--root", "store", "build", "-t", "made", ".");
  expect(await call("--root", "store", "run", "--rm", "made")).toBe("built\n");
  await call("--root", "store", "save", "-o", "made.tar", "made");
  expect(await call("--root", "other", "load", "-i", "made.tar")).toBe("Loaded image: made:latest\n");
  expect(await call("--root", "other", "run", "--rm", "made")).toBe("built\n");
}, 60_000);

test("takes nothing from the directory it is called in", async () => {
  writeFileSync(join(work, ".env"), "KASANE_ROOT=/elsewhere\n");
  writeFileSync(join(work, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
  writeFileSync(join(work, "preload.ts"), "console.log('not asked for');");
  const info = await call("info", "--format", "{{.Root}}");
  for (const name of [".env", "bunfig.toml", "preload.ts"]) rmSync(join(work, name));
  expect(info).not.toMatch(/elsewhere|not asked for/);
});

test("serves a registry that it pushes to and pulls from", async () => {
  const server = Bun.spawn(
    [join(work, "kasane"), "--root", join(work, "registry"), "serve", "--addr", "127.0.0.1:0"],
    {
      env: {},
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  try {
    const reader = server.stdout.getReader();
    const host = /http:\/\/(\S+)/.exec(new TextDecoder().decode((await reader.read()).value))![1]!;
    await call("--root", "store", "tag", "made", `${host}/made:1`);
    await call("--root", "store", "push", `${host}/made:1`);
    expect(await call("--root", "third", "pull", "-q", `${host}/made:1`)).toBe(`${host}/made:1\n`);
  } finally {
    server.kill();
    await server.exited;
  }
}, 60_000);
