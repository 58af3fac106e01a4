/** What things take and taking it back, as a user sees it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run, runOk } from "../outside.ts";

let directory: string;
const at = (name: string) => join(directory, name);
const ours = (...argv: string[]) => runOk([kasane, "--root", at("store"), ...argv]);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kasane-space-"));
  mkdirSync(at("root/etc"), { recursive: true });
  writeFileSync(at("root/etc/motd"), "hello\n".repeat(1000));
  await ours("import", at("root"), "base:1");
  mkdirSync(at("context"));
  for (const version of ["1.0.0", "1.1.0", "2.0.0"]) {
    writeFileSync(at("context/file"), crypto.getRandomValues(new Uint8Array(40_000)));
    writeFileSync(at("context/Dockerfile"), "FROM base:1\nCOPY file /srv/\n");
    await ours("build", "-q", "-t", `app:${version}`, at("context"));
  }
  // Of a file that was just written nothing is kept: build once more when it is old enough.
  const contexts = at("store/contexts");
  while (!existsSync(contexts) || readdirSync(contexts).length === 0)
    await ours("build", "-q", "-t", "app:2.0.0", at("context"));
  await ours("tag", "app:2.0.0", "app:latest");
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Told {
  readonly Names: string[];
  readonly KeptBy: string[];
  readonly StoredBytes: number;
  readonly SharedBytes: number;
  readonly FreedBytes: number;
  readonly Platforms: { readonly Platform: string; readonly FreedBytes: number }[];
}

async function tree(...argv: string[]): Promise<Told[]> {
  const lines = (await ours("images", "--tree", "--format", "json", ...argv)).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Told);
}

test("images --tree: docker's columns, a line for each platform, and what removing would free", async () => {
  const lines = (await ours("images", "--tree")).split("\n");
  expect(lines[0]).toMatch(
    /^IMAGE {2,}ID {2,}DISK USAGE {3}CONTENT SIZE {3}UNPACKED {2,}SHARED {2,}FREED {3}EXTRA$/,
  );
  expect(lines[1]).toMatch(/^app:1\.0\.0 +[0-9a-f]{12}( +[\d.]+k?B){5}$/);
  expect(lines[2]).toMatch(/^└─ linux\/\w+ +[0-9a-f]{12}( +[\d.]+k?B){5}$/);
  expect(lines[3]).toBe("");
  // Two names of one image stand together.
  expect(lines.indexOf("app:2.0.0") + 1).toBe(lines.findIndex((line) => line.startsWith("app:latest ")));
  const told = await tree();
  expect(told.map(({ Names }) => Names)).toEqual([
    ["app:1.0.0"],
    ["app:1.1.0"],
    ["app:2.0.0", "app:latest"],
    ["base:1"],
  ]);
  for (const { StoredBytes, SharedBytes, FreedBytes, Platforms } of told) {
    expect(SharedBytes + FreedBytes).toBe(StoredBytes);
    expect(Platforms[0]!.FreedBytes).toBe(FreedBytes);
  }
  expect((await tree("base")).map(({ Names }) => Names)).toEqual([["base:1"]]);
});

test("the build cache keeps layers, is said to, and lets go", async () => {
  expect((await tree("app:1.0.0"))[0]).toMatchObject({ KeptBy: ["cache"] });
  const before = (await tree("app:1.0.0"))[0]!.FreedBytes;
  // No image has what is known of the context's files.
  expect(await ours("builder", "prune", "-f", "--filter", "immutable")).toBe("Total reclaimed space: 0B\n");
  expect(await ours("builder", "prune", "-f")).toMatch(/^Deleted build cache objects:\n[0-9a-f]{25}\n\n/);
  expect(readdirSync(at("store/contexts"))).toEqual([]);
  const shown = await ours("system", "df", "-v");
  expect(shown).toMatch(/^[0-9a-f]{12} {3}regular +40\.?\d*kB .* true$/m);
  const pruned = await ours("builder", "prune", "-a", "-f");
  expect(pruned).toMatch(/^Deleted build cache objects:\n([0-9a-f]{25}\n)+\nTotal reclaimed space: 0B\n$/);
  const [after] = await tree("app:1.0.0");
  expect(after!.KeptBy).toEqual([]);
  expect(after!.FreedBytes).toBeGreaterThan(before + 40_000);
});

test("rmi --dry-run tells and changes nothing; then the same goes", async () => {
  const store = await tree();
  const dry = await ours("rmi", "--dry-run", "app:1.0.0");
  expect(dry).toMatch(/^Untagged: app:1\.0\.0\n(Deleted: sha256:[0-9a-f]{64}\n)+Would free: 4\d\.?\d*kB\n$/);
  expect(await tree()).toEqual(store);
  expect(await ours("rmi", "--dry-run", "app:2.0.0")).toBe("Untagged: app:2.0.0\nWould free: 0B\n");
  expect(dry).toStartWith(await ours("rmi", "app:1.0.0"));
});

test("image prune --keep: reasons, figures, and then it goes", async () => {
  const unknown = await run([
    kasane,
    "--root",
    at("store"),
    "image",
    "prune",
    "--keep",
    "1",
    "--filter",
    "until=1h",
  ]);
  expect([unknown.code, unknown.err]).toEqual([125, expect.stringContaining("--filter")]);
  const argv = ["image", "prune", "--keep-semver", "1", "--keep-tag", "latest", "app"];
  const shown = await run([kasane, "--root", at("store"), ...argv, "--dry-run"]);
  expect(shown.out).toMatch(/^REPOSITORY +TAG +TAGGED +DECISION +FREES +REASON\n/);
  const none = await run([kasane, "--root", at("store"), "image", "prune", "--keep", "1", "--dry-run", "ap"]);
  expect(none.err).toStartWith("there is no repository like ap: 'kasane images' lists those there are\n");
  expect(shown.out).toMatch(/^app +1\.1\.0 .* remove +4\d\.?\d*kB +nothing in the rule keeps it$/m);
  expect(shown.out).toMatch(/^app +2\.0\.0 .* keep +version 2\.0\.0 of the line 2\.0$/m);
  expect(shown.err).toMatch(/^1 of 3 tags would go, which frees 4\d\.?\d*kB\n$/);
  const done = await ours(...argv, "-f");
  expect(done).toContain("Deleted Images:\nuntagged: app:1.1.0\ndeleted: sha256:");
  expect(done).toEndWith(`Total reclaimed space: ${/frees (.*)\n/.exec(shown.err)![1]}\n`);
  expect((await tree()).flatMap(({ Names }) => Names)).toEqual(["app:2.0.0", "app:latest", "base:1"]);
});

test("system prune -a leaves nothing, and says so", async () => {
  await ours("system", "prune", "-a", "--volumes", "-f");
  expect(await ours("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}")).toBe(
    "Images 0 0B\nContainers 0 0B\nLocal Volumes 0 0B\nBuild Cache 0 0B\n",
  );
  expect(await ours("images", "--tree")).toMatch(/^IMAGE +ID .*\n$/);
  const total = JSON.parse(await ours("system", "df", "-v", "--format", "json")).Total;
  expect(total.StoredBytes).toBe(0);
});
