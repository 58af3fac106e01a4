/** What `image diff` says of packages is what rpm says of the same database: made here with rpm itself, and those of real distributions. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { arePeersRequired, cacheDirectory, kasane, missing, run, runOk } from "../../outside.ts";
import { peer, type Scratch, scratch } from "../peers.ts";

let work: Scratch;
const at = (...names: string[]) => join(work.path, ...names);
const ours = (...argv: string[]) => run([kasane, "--root", at("store"), ...argv]);

beforeAll(async () => {
  work = await scratch("rpm");
  mkdirSync(at("empty"));
  await runOk([kasane, "--root", at("store"), "import", at("empty"), "empty"]);
});
afterAll(() => work[Symbol.asyncDispose]());

let images = 0;
/** `NAME VERSION` of what an image with this directory at /var/lib/rpm has installed; several versions in one line. */
async function packagesOf(
  directory: string,
  names: readonly string[],
  place = "var/lib/rpm",
): Promise<string[]> {
  const root = at(`root${++images}`);
  mkdirSync(join(root, place), { recursive: true });
  for (const name of names) copyFileSync(join(directory, name), join(root, place, name));
  const image = `image${images}`;
  await runOk([kasane, "--root", at("store"), "import", root, image]);
  const { code, out, err } = await ours("image", "diff", "--json", "empty", image);
  expect({ code, err }).toEqual({ code: 1, err: "" });
  const diff = JSON.parse(out);
  expect(diff.unreadPackages).toEqual([]);
  return diff.packages.map(({ kind, name, to }: Record<string, string>) => {
    expect(kind).toBe("rpm");
    return `${name} ${to}`;
  });
}

/** Lines of `NAME VERSION`, as packagesOf() has them. */
function grouped(lines: string): string[] {
  const versions = new Map<string, Set<string>>();
  for (const line of lines.trim().split("\n")) {
    const [name, version] = line.split(" ") as [string, string];
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return [...versions].map(([name, set]) => `${name} ${[...set].sort().join(", ")}`).sort();
}

const query = ["-qa", "--qf", "%{NAME} %{EVR}\\n"];
const rpmSays = async (directory: string, backend: string) =>
  grouped(await runOk(["rpm", "--dbpath", directory, "--define", `_db_backend ${backend}`, ...query]));

describe.skipIf(missing("rpm", "rpmbuild", "db5.3_load"))("a database of rpm's own", () => {
  const build = async (name: string, lines: string[]) => {
    const spec = [`Name: ${name}`, "Summary: for a test", "License: none", "BuildArch: noarch", ...lines];
    writeFileSync(at(`${name}.spec`), `${spec.join("\n")}\n%description\ntext\n%files\n`);
    await runOk([
      ...["rpmbuild", "-bb", "--quiet", "--define", `_topdir ${at("top")}`],
      ...["--define", `_rpmdir ${at("rpms")}`, at(`${name}.spec`)],
    ]);
  };

  test("in SQLite and in Berkeley DB", async () => {
    await build("plain", ["Version: 1.0", "Release: 1"]);
    await build("epoch", ["Version: 2.3~rc1", "Release: 4.el9", "Epoch: 2"]);
    // Its header does not fit into a page.
    const long = Array.from({ length: 3000 }, (_, index) => `Provides: feature(${index}) = ${index}`);
    await build("long", ["Version: 7", "Release: 0.1", ...long]);
    mkdirSync(at("sqlite"));
    const rpms = readdirSync(at("rpms/noarch")).map((name) => at("rpms/noarch", name));
    expect(rpms).toHaveLength(3);
    await runOk([
      ...["rpm", "--dbpath", at("sqlite"), "--define", "_db_backend sqlite"],
      ...["-i", "--justdb", "--nodeps", "--ignorearch", ...rpms],
    ]);
    const installed = ["epoch 2:2.3~rc1-4.el9", "long 7-0.1", "plain 1.0-1"];
    expect(await rpmSays(at("sqlite"), "sqlite")).toEqual(installed);
    expect(await packagesOf(at("sqlite"), ["rpmdb.sqlite"])).toEqual(installed);
    expect(await packagesOf(at("sqlite"), ["rpmdb.sqlite"], "usr/lib/sysimage/rpm")).toEqual(installed);

    // Debian's rpm only reads Berkeley DB; its tools make one of the same headers.
    mkdirSync(at("bdb"));
    using database = new Database(at("sqlite/rpmdb.sqlite"));
    const rows = database.query("SELECT hnum, blob FROM Packages").all() as {
      hnum: number;
      blob: Uint8Array;
    }[];
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const key = (number: number) => hex(new Uint8Array(new Uint32Array([number]).buffer));
    const dump = [
      ...["VERSION=3", "format=bytevalue", "type=hash", "db_pagesize=4096", "HEADER=END"],
      ...[` ${key(0)}`, ` ${key(4)}`],
      ...rows.flatMap(({ hnum, blob }) => [` ${key(hnum)}`, ` ${hex(blob)}`]),
      "DATA=END",
    ];
    writeFileSync(at("dump"), `${dump.join("\n")}\n`);
    await runOk(["db5.3_load", "-f", at("dump"), at("bdb/Packages")]);
    expect(await rpmSays(at("bdb"), "bdb_ro")).toEqual(installed);
    expect(await packagesOf(at("bdb"), ["Packages"])).toEqual(installed);
  }, 60_000);
});

const databases = join(cacheDirectory(), "rpm-databases");
const found = existsSync(databases)
  ? readdirSync(databases).flatMap((name) =>
      ["Packages", "Packages.db", "rpmdb.sqlite"]
        .filter((file) => existsSync(join(databases, name, file)))
        .map((file) => [name, file] as const),
    )
  : [];

test.skipIf(!arePeersRequired && found.length === 0)("there are databases of real distributions", () => {
  expect(found.length).toBeGreaterThan(10);
});

describe.skipIf(missing("rpm", "rpm-list") || found.length === 0)("the database of a distribution", () => {
  test.each(found)(
    "%s: %s",
    async (name, file) => {
      const directory = join(databases, name);
      const backend = { Packages: "bdb_ro", "rpmdb.sqlite": "sqlite" }[file as string];
      // Debian's rpm knows nothing of openSUSE's format.
      const said = backend
        ? await rpmSays(copied(directory, file), backend)
        : grouped(await runOk([peer("rpm-list"), join(directory, file)]));
      expect(await packagesOf(directory, [file])).toEqual(said);
    },
    60_000,
  );
});

/** rpm writes beside what it reads. */
function copied(directory: string, file: string): string {
  const copy = at(`copy${++images}`);
  mkdirSync(copy);
  copyFileSync(join(directory, file), join(copy, file));
  return copy;
}
