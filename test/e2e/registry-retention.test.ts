/** Retention, undo and immutability through the real command line, beside a server that goes on serving. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Scratch, scratch } from "../interop/peers.ts";
import { kasane, run, runOk } from "../outside.ts";
import { serveStore } from "../serve-process.ts";

let directory: Scratch;
let root: string;
let url: string;
let server: AsyncDisposable;
beforeAll(async () => {
  directory = await scratch("retention");
  root = join(directory.path, "root");
  const started = await serveStore(root);
  url = `http://${started.address}`;
  server = started;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const registry = (...args: string[]) => [kasane, "--root", root, "registry", ...args];

async function put(name: string, content: string): Promise<void> {
  const [repository, tag] = name.split(":");
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
    annotations: { content },
  });
  const response = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { "content-type": "application/vnd.oci.image.index.v1+json" },
    body,
  });
  expect(response.status).toBe(201);
}

async function tagsOf(repository: string): Promise<string[]> {
  const answer = (await (await fetch(`${url}/v2/${repository}/tags/list`)).json()) as { tags: string[] };
  return answer.tags;
}

async function contentOf(name: string): Promise<string> {
  const [repository, tag] = name.split(":");
  const answer = await (await fetch(`${url}/v2/${repository}/manifests/${tag}`)).json();
  return (answer as { annotations: { content: string } }).annotations.content;
}

test("what no flag keeps is shown, goes when it is said so, and comes back", async () => {
  for (const tag of ["1.0.0", "1.1.0", "1.1.1", "2.0.0", "latest", "pr-7"]) await put(`team/app:${tag}`, tag);
  await put("other/app:pr-7", "pr-7");
  const rule = ["--repository", "team/**", "--keep-semver", "2", "--keep-tag", "latest"];

  const shown = await runOk(registry("retention", ...rule, "--dry-run"));
  expect(shown.split("\n").map((line) => line.split(/\s{2,}/).slice(0, 2))).toEqual([
    ["REPOSITORY", "TAG"],
    ["team/app", "1.0.0"],
    ["team/app", "1.1.0"],
    ["team/app", "pr-7"],
    [""],
  ]);
  expect(await tagsOf("team/app")).toHaveLength(6);

  const refused = await run(registry("retention", ...rule));
  expect(refused).toMatchObject({ code: 0, out: expect.stringContaining("3 of 6 tags in 1 repositories") });
  expect(await tagsOf("team/app")).toHaveLength(6);

  await runOk(registry("retention", ...rule, "--force"));
  expect(await tagsOf("team/app")).toEqual(["1.1.1", "2.0.0", "latest"]);
  expect(await tagsOf("other/app")).toEqual(["pr-7"]);

  const listed = await runOk(registry("deleted", "team/app", "--format", "json"));
  expect(
    listed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).tag)
      .sort(),
  ).toEqual(["1.0.0", "1.1.0", "pr-7"]);
  await runOk(registry("restore", "team/app:1.0.0"));
  expect(await contentOf("team/app:1.0.0")).toBe("1.0.0");
});

test("a tag that was moved goes back, and forth again", async () => {
  await put("moved:v1", "one");
  await put("moved:v1", "two");
  await runOk(registry("restore", "moved:v1"));
  expect(await contentOf("moved:v1")).toBe("one");
  await runOk(registry("restore", "moved:v1"));
  expect(await contentOf("moved:v1")).toBe("two");
});

test("a tag that never was is an error with the next step", async () => {
  const { code, err } = await run(registry("restore", "moved:v9"));
  expect(code).toBe(1);
  expect(err).toContain("registry deleted moved");
});

test("rules and immutable tags of a server's configuration", async () => {
  const config = join(directory.path, "config.yml");
  await writeFile(
    config,
    `version: 0.1
storage: { filesystem: { rootdirectory: ${root} } }
http: { addr: 127.0.0.1:0 }
kasane:
  immutable:
    - { repositories: ["fixed/**"], tags: ["v*"] }
  retention:
    rules:
      - { repositories: ["fixed/*"], keep: { last: 1 } }
`,
  );
  for (const tag of ["v1", "a", "b"]) await put(`fixed/app:${tag}`, tag);
  await runOk(registry("retention", "--config", config, "--force"));
  expect(await tagsOf("fixed/app")).toEqual(["b", "v1"]);
  // A rule of the command line instead of the file's, and the file's immutable tags.
  await put("fixed/app:c", "c");
  const rule = ["--repository", "fixed/*", "--keep-tag", "c"];
  await runOk(registry("retention", "--config", config, ...rule, "--force"));
  expect(await tagsOf("fixed/app")).toEqual(["c", "v1"]);
});

test("a tag that is immutable by the server's configuration goes back only by force, and for as long as that says", async () => {
  const config = join(directory.path, "fixed.yml");
  await writeFile(
    config,
    'version: 0.1\nkasane: {gc: {undo: 2h}, immutable: [{repositories: [pinned], tags: ["v*"]}]}\n',
  );
  for (const tag of ["v1", "dev"]) for (const content of ["one", "two"]) await put(`pinned:${tag}`, content);
  const { code, err } = await run(registry("restore", "--config", config, "pinned:v1"));
  expect(code).toBe(1);
  expect(err).toContain("pinned:v1 is immutable");
  expect(err).toContain("--force");
  expect(await contentOf("pinned:v1")).toBe("two");

  await runOk(registry("restore", "--config", config, "pinned:dev"));
  await runOk(registry("restore", "--config", config, "--force", "pinned:v1"));
  for (const tag of ["v1", "dev"]) expect(await contentOf(`pinned:${tag}`)).toBe("one");
  const listed = (await runOk(registry("deleted", "pinned", "--format", "json"))).trim().split("\n");
  for (const { deletedAt, expiresAt } of listed.map((line) => JSON.parse(line))) {
    expect(Date.parse(expiresAt) - Date.parse(deletedAt)).toBe(2 * 60 * 60 * 1000);
  }
});

test("nothing to keep is a mistake and not an order to remove everything", async () => {
  const { code, err } = await run(registry("retention", "--force"));
  expect(code).toBe(125);
  expect(err).toContain("nothing says what to keep");
});
