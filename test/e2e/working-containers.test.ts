/** Working containers through the command line: what stays, what does not, and what a killed command leaves. As an ordinary user, mounts are made inside `unshare`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBaseRoot } from "../../scripts/base-root.ts";
import { kasane, run, runOk } from "../outside.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-working-"));
const call = (...args: string[]) => [kasane, "--root", join(directory, "store"), ...args];
const k = async (...args: string[]) => (await runOk(call(...args), { cwd: directory })).trim();
/** A script in which mounts are seen, as whoever runs the test; `k` is Kasane with its store. */
const inside = (script: string) =>
  runOk(call("unshare", "sh", "-euc", `k() { ${kasane} --root ${directory}/store "$@"; }\n${script}`), {
    cwd: directory,
  });

beforeAll(async () => {
  await makeBaseRoot(join(directory, "rootfs"));
  writeFileSync(join(directory, "big"), new Uint8Array(30 * 2 ** 20).fill(7));
  await k("import", join(directory, "rootfs"), "base");
}, 60_000);

afterAll(async () => {
  await run(call("buildah", "rm", "--all"));
  await run([kasane, "unshare", "rm", "-rf", directory]);
});

test("ten at once get ten names", async () => {
  const names = await Promise.all(Array.from({ length: 10 }, () => k("from", "base")));
  expect(new Set(names).size).toBe(10);
  expect(names).toContain("base-working-container");
  await k("buildah", "rm", "--all");
  expect(readdirSync(join(directory, "store/containers"))).toEqual([]);
}, 60_000);

test("settings that are changed at once are all kept", async () => {
  await k("from", "--name", "many", "base");
  await Promise.all(Array.from({ length: 6 }, (_, n) => k("config", "--label", `n${n}=${n}`, "many")));
  const labels = JSON.parse(await k("buildah", "inspect", "many")).OCIv1.config.Labels;
  expect(Object.keys(labels).sort()).toEqual(["n0", "n1", "n2", "n3", "n4", "n5"]);
}, 60_000);

test("what is written through a mount, by run and by copy, is in the image", async () => {
  const out = await inside(`
    k from --name mounted base
    m=$(k mount mounted)
    test "$m" = "$(k mount mounted)"
    echo through > $m/mount
    k buildah run mounted sh -c 'cat /mount; echo ran > /run-made' < /dev/null
    k copy -q mounted big /copied
    cat $m/run-made
    k umount mounted
    test ! -e $m/mount
    k commit --rm mounted result:1`);
  expect(out).toContain("through\nran\n");
  expect(await k("ls", "result:1")).toMatch(/copied[\s\S]*mount[\s\S]*run-made/);
}, 60_000);

test("run means the working container by its whole name, and an image by NAME:TAG", async () => {
  await k("from", "--name", "base", "base");
  expect(await k("run", "base", "sh", "-c", "echo here > /kept; echo in")).toBe("in");
  expect(await k("run", "base", "cat", "/kept")).toBe("here");
  expect((await run(call("run", "--rm", "base:latest", "cat", "/kept"))).code).not.toBe(0);
  await k("buildah", "rm", "base");
}, 60_000);

test.each<string[]>([
  ["copy", "victim", "big", "/big"],
  ["buildah", "run", "victim", "sh", "-c", "sleep 20"],
  ["commit", "victim", "victim:1"],
  ["config", "--env", "A=1", "victim"],
  ["from", "base"],
])("after kill -9 of %s %s the next commands work and nothing stays", async (...args: string[]) => {
  await k("from", "--name", "victim", "base");
  const child = Bun.spawn(call(...args), {
    cwd: directory,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  await Bun.sleep(400);
  child.kill("SIGKILL");
  await child.exited;
  await k("copy", "-q", "victim", "big", "/after");
  expect(await k("run", "victim", "sh", "-c", "echo alive")).toBe("alive");
  await k("commit", "-q", "victim", "after:1");
  await k("buildah", "rm", "--all");
  expect(readdirSync(join(directory, "store/containers"))).toEqual([]);
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
}, 60_000);
