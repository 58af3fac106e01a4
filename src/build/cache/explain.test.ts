import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BuildOptions } from "../options.ts";
import type { BuildEvent } from "../progress.ts";
import { type BuildFixture, buildFixture } from "../testing/build-fixture.ts";

let fixture: BuildFixture;
beforeEach(async () => {
  fixture = await buildFixture({ a: "a", "src/x.ts": "x", "src/y.ts": "y", "src/.keep": "" });
});
afterEach(() => fixture[Symbol.asyncDispose]());

type Missed = Extract<BuildEvent, { kind: "missed" }>;

/** What a build says of each step that ran: its text, then each change on a line. */
async function misses(dockerfile: string, options: Partial<BuildOptions> = {}): Promise<string[][]> {
  await fixture.build(dockerfile, { explain: true, ...options });
  return fixture.events
    .filter((event): event is Missed => event.kind === "missed")
    .map(({ step, cause, changes = [] }) => [
      step.text,
      ...(cause === "changed" ? [] : [String(cause)]),
      ...changes.map(({ kind, name, aspect, before, after }) =>
        [kind, name, aspect, before?.slice(0, 20), after?.slice(0, 20)]
          .filter((word) => word !== undefined)
          .join(" "),
      ),
    ]);
}

test("nothing is explained where nothing is missed, and the first build has nothing to compare with", async () => {
  const dockerfile = "FROM scratch\nCOPY src /src\nWORKDIR /w";
  expect(await misses(dockerfile)).toEqual([
    ["COPY src /src", "first"],
    ["WORKDIR /w", "first"],
  ]);
  expect(await misses(dockerfile)).toEqual([]);
});

test("a changed context names each file, and what about it", async () => {
  const dockerfile = "FROM scratch\nCOPY src /src";
  await misses(dockerfile);
  fixture.write({ "src/x.ts": "other", "src/new/n": "n" });
  chmodSync(join(fixture.context, "src/y.ts"), 0o755);
  rmSync(join(fixture.context, "src/.keep"));
  expect(await misses(dockerfile)).toEqual([
    [
      "COPY src /src",
      "file src/.keep removed",
      "file src/new added",
      "file src/new/n added",
      expect.stringMatching(/^file src\/x.ts content [0-9a-f]{12} [0-9a-f]{12}$/),
      "file src/y.ts mode 644 755",
    ],
  ]);
  // Not what an ignore file or --exclude keeps out.
  fixture.write({ "src/skipped": "s", "src/x.ts": "third", ".dockerignore": "src/new\n" });
  expect(await misses("FROM scratch\nCOPY --exclude=skipped src /src")).toEqual([
    [
      "COPY --exclude=skipped src /src",
      "file src/new removed",
      "file src/new/n removed",
      expect.stringContaining("file src/x.ts content"),
      'instruction --exclude [] ["skipped"]',
    ],
  ]);
});

test("a changed base is named with both digests", async () => {
  const base = (content: string) =>
    fixture.build(`FROM scratch\nCOPY <<EOF /base\n${content}\nEOF`, {
      tags: ["docker.io/library/base:1"],
      explain: false,
    });
  const before = await base("one");
  await misses("FROM base:1\nWORKDIR /w");
  const after = await base("two");
  expect(await misses("FROM base:1\nWORKDIR /w/x")).toEqual([
    [
      "WORKDIR /w/x",
      "instruction directory /w /w/x",
      `base base:1 ${before.raw.digest.slice(0, 20)} ${after.raw.digest.slice(0, 20)}`,
    ],
  ]);
  const other = await fixture.build("FROM scratch\nCOPY a /other", { tags: ["docker.io/library/other:2"] });
  expect((await misses("FROM other:2\nWORKDIR /z"))[0]!.at(-1)).toStartWith("base other:2 base:1@sha256:");
  expect(other.buildId).toMatch(/^[0-9a-f]{12}$/);
});

test("what a step stands on or copies from is traced to the instruction that changed", async () => {
  const dockerfile = [
    "FROM scratch AS one",
    "COPY a /a",
    "COPY src /src",
    "WORKDIR /out",
    "FROM scratch",
    "COPY --from=one /src /dst",
    "WORKDIR /w",
  ].join("\n");
  await misses(dockerfile);
  fixture.write({ "src/x.ts": "changed" });
  const found = await misses(dockerfile);
  expect(found[0]).toEqual(["COPY src /src", expect.stringContaining("file src/x.ts content")]);
  // WORKDIR /out comes to the same layer on top of the other files.
  expect(found[1]).toEqual([
    "COPY --from=one /src /dst",
    expect.stringContaining("file src/x.ts content"),
    expect.stringMatching(/^step COPY src \/src sha256:\w+ sha256:\w+$/),
  ]);
  expect(found).toHaveLength(2);
  const same = fixture.events.filter((event) => event.kind === "cached" && event.isSameAsBefore);
  expect(same.map((event) => "step" in event && event.step.text)).toEqual(["WORKDIR /out", "WORKDIR /w"]);
});

test("a file that another stage made otherwise does not make what is copied beside it run", async () => {
  const dockerfile = "FROM scratch AS one\nCOPY a /a\nCOPY src /src\nFROM scratch\nCOPY --from=one /src /dst";
  await misses(dockerfile);
  fixture.write({ a: "changed" });
  expect(await misses(dockerfile)).toEqual([["COPY a /a", expect.stringContaining("file a content")]]);
});

test("the nearest earlier step is compared with, wherever it stands now", async () => {
  await misses("FROM scratch\nCOPY a /a\nCOPY src /src");
  fixture.write({ "src/x.ts": "changed" });
  expect(await misses("FROM scratch\nCOPY src /src")).toEqual([
    [
      "COPY src /src",
      expect.stringContaining("file src/x.ts content"),
      expect.stringMatching(/^step COPY a \/a/),
    ],
  ]);
});

test("a result that is gone from the cache is not called a change", async () => {
  const dockerfile = "FROM scratch\nCOPY a /a";
  await misses(dockerfile);
  for (const { key } of await fixture.store.meta.cache.list()) await fixture.store.meta.cache.delete(key);
  expect(await misses(dockerfile)).toEqual([["COPY a /a", "removed"]]);
});

test("noCache and noCacheFilter: of the stages that are named nothing is looked for", async () => {
  const dockerfile = "FROM scratch AS One\nCOPY a /a\nFROM scratch\nCOPY src /src\nCOPY --from=one /a /b";
  await misses(dockerfile);
  expect(await misses(dockerfile, { noCacheFilter: ["ONE"] })).toEqual([["COPY a /a", "no-cache"]]);
  expect((await misses(dockerfile, { noCacheFilter: ["1"] })).map(([text]) => text)).toEqual([
    "COPY src /src",
    "COPY --from=one /a /b",
  ]);
  expect(await misses(dockerfile, { noCache: true })).toHaveLength(3);
});

test("a build that fails is recorded as well, with the steps that ran", async () => {
  await fixture.build("FROM scratch\nCOPY a /a\nCOPY missing /").catch(() => {});
  const [record] = await fixture.store.meta.buildHistory.builds(1);
  expect(record?.image).toBeUndefined();
  expect(JSON.parse(record!.value)).toMatchObject({
    context: fixture.context,
    error: expect.stringContaining("missing was not found"),
    steps: [
      { text: "COPY a /a", outcome: "ran" },
      { text: "COPY missing /", outcome: "failed" },
    ],
  });
});

test("records are kept small: the oldest go", async () => {
  const { buildHistory } = fixture.store.meta;
  for (let number = 0; number < 1010; number++) {
    const inputs = { key: `k${number}`, place: "p", text: "t", recordedAtMs: number, parts: "[]" };
    expect(await buildHistory.putInputs(inputs)).toBe(true);
    await buildHistory.putBuild({ id: `b${number}`, startedAtMs: number, value: "{}" });
  }
  expect(await buildHistory.inputs("k9")).toBeUndefined();
  expect(await buildHistory.inputs("k10")).toBeDefined();
  expect(await buildHistory.builds(1000)).toHaveLength(200);
  const near = await buildHistory.inputsLike({ place: "p", text: "other" }, { beforeMs: 1000, limit: 3 });
  expect(near.map(({ key }) => key)).toEqual(["k999", "k998", "k997"]);
});
