import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { buildFixture, layerLines } from "../testing/build-fixture.ts";
import { type GitServer, gitServer, hasGit } from "../testing/git-server.ts";

// Each runs git a dozen times.
setDefaultTimeout(60_000);

const skip = !hasGit();
const server: GitServer | undefined = skip ? undefined : gitServer();
afterAll(() => server?.[Symbol.asyncDispose]());

const repository = server?.repository("app.git", {
  "a.txt": "first",
  "bin/run.sh": "#!/bin/sh\n",
  "docs/x/y": "y",
});
const first = repository?.git("rev-parse", "HEAD") ?? "";
repository?.git("tag", "light");
repository?.git("tag", "-a", "v1", "-m", "annotated");
repository?.git("branch", "feature/one");
const second = repository?.commit({ "a.txt": "second" }) ?? "";

async function lines(dockerfile: string, options = {}): Promise<string[]> {
  await using fixture = await buildFixture();
  const image = await fixture.build(`FROM scratch\n${dockerfile}`, options);
  return (await layerLines(fixture.store, image)).at(-1)!;
}

const firstFiles = [
  "d 755 0:0 s",
  'f 644 0:0 s/a.txt "first"',
  "d 755 0:0 s/bin",
  'f 755 0:0 s/bin/run.sh "#!/bin/sh\\n"',
  "d 755 0:0 s/docs",
  "d 755 0:0 s/docs/x",
  'f 644 0:0 s/docs/x/y "y"',
];

test.skipIf(skip).each([
  ["", "second"],
  ["#main", "second"],
  ["#light", "first"],
  ["#v1", "first"],
  ["#refs/tags/v1", "first"],
  ["#feature/one", "first"],
  ["?branch=feature/one", "first"],
  ["?tag=v1", "first"],
  ["?ref=light", "first"],
  [`#${first}`, "first"],
  [`?commit=${second.slice(0, 10)}`, "second"],
])("ADD of a repository%s", async (suffix, content) => {
  expect(await lines(`ADD ${repository!.address}${suffix} /s`)).toEqual(
    firstFiles.map((line) => line.replace("first", content)),
  );
});

test.skipIf(skip).each([
  ["#v1:docs", ["d 755 0:0 s", "d 755 0:0 s/x", 'f 644 0:0 s/x/y "y"']],
  ["?tag=v1&subdir=docs/x", ["d 755 0:0 s", 'f 644 0:0 s/y "y"']],
  ["#:docs/../docs/x/", ["d 755 0:0 s", 'f 644 0:0 s/y "y"']],
])("ADD of a directory of a repository: %s", async (suffix, expected) => {
  expect(await lines(`ADD ${repository!.address}${suffix} /s`)).toEqual(expected);
});

test.skipIf(skip)("--keep-git-dir keeps a repository that git takes, the same each time", async () => {
  const dockerfile = `ADD --keep-git-dir=true ${repository!.address}#v1 /s`;
  const found = await lines(dockerfile);
  expect(found).toEqual(await lines(dockerfile));
  expect(found).toContain(`f 644 0:0 s/.git/HEAD ${JSON.stringify(`${first}\n`)}`);
  expect(found.filter((line) => line.includes("refs/tags/v1"))).toHaveLength(1);
  expect(found.join("\n")).not.toMatch(/FETCH_HEAD|ORIG_HEAD|hooks|\/logs/);
  const byQuery = await lines(`ADD ${repository!.address}?tag=v1&keep-git-dir=1 /s`);
  expect(byQuery).toEqual(found);
});

test.skipIf(skip)("--checksum must be what the commit begins with", async () => {
  expect(await lines(`ADD --checksum=${first} ${repository!.address}#v1 /s`)).toEqual(firstFiles);
  expect(await lines(`ADD --checksum=${first.slice(0, 8)} ${repository!.address}#v1 /s`)).toEqual(firstFiles);
  const wrong = lines(`ADD --checksum=${first} ${repository!.address}#main /s`);
  await expect(wrong).rejects.toThrow(`is at commit ${second}, the checksum says ${first}`);
  await expect(lines(`ADD --checksum=xyz ${repository!.address} /s`)).rejects.toThrow('"xyz" is no commit');
});

test.skipIf(skip)("a branch is asked for its commit, and what is cached is not fetched", async () => {
  await using fixture = await buildFixture();
  const dockerfile = `FROM scratch\nADD ${repository!.address}#v1 /s`;
  const before = await fixture.build(dockerfile);
  const count = server!.requests.length;
  const again = await fixture.build(dockerfile);
  expect(again.steps).toEqual({ total: 1, cached: 1 });
  expect(again.id).toBe(before.id);
  // Protocol 2: what can be done, and the references.
  expect(server!.requests.slice(count).map(({ path }) => path)).toEqual([
    "/app.git/info/refs",
    "/app.git/git-upload-pack",
  ]);
  const byCommit = `FROM scratch\nADD ${repository!.address}#${first} /s`;
  await fixture.build(byCommit);
  server!.requests.splice(0);
  expect((await fixture.build(byCommit)).steps.cached).toBe(1);
  expect(server!.requests).toEqual([]);
});

test.skipIf(skip)(
  "submodules come along, without a trace of where they were fetched; or not, where that is asked",
  async () => {
    server!.repository("lib.git", { "lib.txt": "lib" });
    const outer = server!.repository("outer.git", { "a.txt": "a" });
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "../lib.git", "third/lib");
    outer.commit({});
    const found = await lines(`ADD ${outer.address} /s`);
    expect(found).toContain('f 644 0:0 s/third/lib/lib.txt "lib"');
    expect(found.filter((line) => / s\/.*\.git( |$)/.test(line))).toEqual([]);
    expect((await lines(`ADD ${outer.address}?submodules=false /s`)).join()).not.toContain("lib.txt");
  },
);

test.skipIf(skip)("a submodule cannot name this machine's files", async () => {
  const secret = server!.repository("secret.git", { secret: "s" });
  const outer = server!.repository("bad.git", { "a.txt": "a" });
  outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", secret.directory, "sub");
  outer.commit({});
  await expect(lines(`ADD ${outer.address} /s`)).rejects.toThrow(/transport 'file' not allowed/);
});

test.skipIf(skip)("a directory that is a link out of the repository is not followed", async () => {
  const repo = server!.repository("links.git", { "a.txt": "a" });
  Bun.spawnSync(["ln", "-s", "/etc", "out"], { cwd: repo.directory });
  repo.commit({});
  await expect(lines(`ADD ${repo.address}#main:out /s`)).rejects.toThrow("has no directory out");
  await expect(lines(`ADD ${repo.address}#main:../../etc /s`)).rejects.toThrow("has no directory etc");
  expect(await lines(`ADD ${repo.address} /s`)).toContain("l s/out -> /etc");
});

test.skipIf(skip)("the caller's configuration of git does nothing", async () => {
  const before = { ...process.env };
  const marker = `${repository!.directory}-marker`;
  process.env.GIT_CONFIG_COUNT = "1";
  process.env.GIT_CONFIG_KEY_0 = "core.hooksPath";
  process.env.GIT_CONFIG_VALUE_0 = "/nowhere";
  process.env.GIT_SSH_COMMAND = `touch ${marker}`;
  process.env.GIT_EXEC_PATH = "/nowhere";
  try {
    expect(await lines(`ADD ${repository!.address}#v1 /s`)).toEqual(firstFiles);
    expect(await Bun.file(marker).exists()).toBe(false);
  } finally {
    for (const name of [
      "GIT_CONFIG_COUNT",
      "GIT_CONFIG_KEY_0",
      "GIT_CONFIG_VALUE_0",
      "GIT_SSH_COMMAND",
      "GIT_EXEC_PATH",
    ]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});

test.skipIf(skip)("what cannot be had says why", async () => {
  await expect(lines(`ADD ${repository!.address}#nothing /s`)).rejects.toThrow(
    'has no branch or tag "nothing"',
  );
  await expect(lines(`ADD ${server!.address}/none.git /s`)).rejects.toThrow(
    /git cannot read http:.*none\.git: .*not found/,
  );
  await expect(lines(`ADD http://127.0.0.1:1/x.git /s`)).rejects.toThrow("git cannot read");
  await expect(lines(`COPY ${repository!.address} /s`)).rejects.toThrow("COPY cannot download");
  await expect(lines(`ADD ${repository!.address}#-oops /s`)).rejects.toThrow(
    '"-oops" is no branch, tag or commit',
  );
  await expect(lines(`ADD ${repository!.address}?what=1 /s`)).rejects.toThrow("git addresses know no what");
});
