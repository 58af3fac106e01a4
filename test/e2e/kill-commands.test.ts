/**
 * `load`, `import` and `commit` are killed at moments spread over the time they take. Whatever was killed, the store has no problem, an image is either there and
 * whole or not there at all, and the same command then does its work. KASANE_TEST_SEED repeats a run as far as the machine's timing allows.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { checkStore } from "./check-store.ts";
import { randomFrom } from "./kill-worker.ts";

const seed = Number(process.env.KASANE_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const rounds = 4;
const work = mkdtempSync(join(tmpdir(), "kasane-kill-commands-"));
let stores = 0;
let store = "";
const ok = (...args: string[]) => runOk([kasane, "--root", store, ...args], { cwd: work });

/** Some large files that do not compress and many small ones: bytes, names and rows all take their time. */
function fillDirectory(path: string): string {
  for (let number = 0; number < 300; number++) {
    const directory = join(path, `d${number % 10}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${number}`), randomBytes(number % 30 ? 500 : 400_000));
  }
  return path;
}

beforeAll(() => {
  console.info(`seed ${seed}`);
  fillDirectory(join(work, "rootfs"));
});
beforeEach(() => {
  store = join(work, `store${stores++}`);
});
afterEach(() => run([kasane, "unshare", "rm", "-rf", store]));
afterAll(() => run([kasane, "unshare", "rm", "-rf", work]));

/** What an image has, as one digest. */
async function treeOfImage(name: string): Promise<string> {
  const child = Bun.spawn([kasane, "--root", store, "export", name], { stdout: "pipe", stderr: "inherit" });
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of child.stdout) hasher.update(chunk);
  expect(await child.exited).toBe(0);
  return hasher.digest("hex");
}

/** Kills the command with everything it has started, or alone, after a time. */
async function killAfter(args: readonly string[], ms: number): Promise<void> {
  const child = Bun.spawn(["setsid", kasane, "--root", store, ...args], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  await Bun.sleep(ms);
  try {
    process.kill(random(2) ? -child.pid : child.pid, "SIGKILL");
  } catch {
    // It was faster.
  }
  await child.exited;
}

/** `args` makes the image `made` in a store that `forget` brings back to where it was. */
async function killOften(args: readonly string[], lookAgain = async () => {}): Promise<void> {
  const began = performance.now();
  await ok(...args);
  const durationMs = performance.now() - began;
  const expected = await treeOfImage("made");
  for (let round = 0; round < rounds; round++) {
    await ok("rmi", "made");
    await ok("image", "prune", "-f");
    await killAfter(args, ((round + random(1000) / 1000) / rounds) * durationMs);
    // Also the bytes: fsck reads them all.
    expect(await ok("fsck")).toContain("no problems\n");
    if ((await ok("images", "-q", "made")) !== "") expect(await treeOfImage("made")).toBe(expected);
    await lookAgain();
    await ok(...args);
    expect(await treeOfImage("made")).toBe(expected);
  }
  await ok("system", "prune", "-f");
  expect(await ok("fsck")).toMatch(/^checked \d+ manifests and \d+ blobs, [^\n]* read\nno problems\n$/);
  await checkStore(store, new Map());
}

test("a killed load leaves a whole store, and the next load does the work", async () => {
  await ok("import", join(work, "rootfs"), "base");
  const more = fillDirectory(join(work, "more"));
  writeFileSync(join(more, "Dockerfile"), "FROM base\nCOPY d1 /more\nCOPY d0 /again\n");
  await ok("build", "-q", "-t", "made", more);
  await ok("save", "-o", join(work, "made.tar"), "made");
  await ok("rmi", "made", "base");
  await ok("system", "prune", "-a", "-f");
  await killOften(["load", "-i", join(work, "made.tar")]);
}, 120_000);

test("a killed import leaves a whole store, and the next import does the work", async () => {
  await killOften(["import", join(work, "rootfs"), "made"]);
}, 120_000);

test.skipIf(missing("busybox"))(
  "a killed commit leaves a whole store and the container, and the next commit does the work",
  async () => {
    const base = join(work, "base");
    makeBusyboxRoot(base);
    await ok("import", base, "base");
    await ok("create", "--name", "changed", "base", "/bin/busybox", "true");
    await ok("cp", `${join(work, "rootfs")}/.`, "changed:/srv/");
    const changes = await ok("diff", "changed");
    expect(changes).toContain("A /srv/d0\n");
    await killOften(["commit", "changed", "made"], async () => {
      expect(await ok("diff", "changed")).toBe(changes);
    });
  },
  120_000,
);
