/** What a build says, beside BuildKit: the same lines in a plain log, the same objects in rawjson, and the same answers to flags of the cache. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type BuilderPair, builderPair, hasNoBuildkit } from "./builder-pair.ts";

setDefaultTimeout(60_000);

let pair: BuilderPair;
beforeAll(async () => {
  if (!hasNoBuildkit) pair = await builderPair("progress");
});
afterAll(() => pair?.[Symbol.asyncDispose]());

/** What both say on standard error. */
async function said(dockerfile: string, ...flags: string[]): Promise<{ ours: string; theirs: string }> {
  const { ours, theirs } = await pair.build(dockerfile, { all: flags });
  return { ours: ours.err, theirs: theirs.err };
}

const dockerfile = [
  "FROM base AS one",
  "COPY a /a",
  "RUN echo hello && echo err >&2 && sleep 0.1 && printf 'no newline'",
  "FROM base",
  "MAINTAINER me",
  "COPY --from=one /a /b",
  "RUN echo last",
].join("\n");

interface Status {
  statuses?: Record<string, unknown>[];
  vertexes?: Record<string, unknown>[];
  logs?: { vertex: string; stream: number; data: string; timestamp: string }[];
  warnings?: Record<string, unknown>[];
}

function parse(text: string): Status[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Status);
}

/** What tools take from it: every vertex in its last state, by name without its place, and what it wrote. */
function graph(text: string) {
  const statuses = parse(text);
  const last = new Map<string, Record<string, unknown>>();
  for (const vertex of statuses.flatMap(({ vertexes = [] }) => vertexes)) {
    last.set(vertex.digest as string, vertex);
  }
  const isStep = (name: string) => /^\[[^\]]*\d+\/\d+\] (RUN|COPY)/.test(name);
  const nameOf = (vertex: string) => String(last.get(vertex)?.name).replace(/^\[.*?\] /, "");
  return [...last.values()]
    .filter(({ name }) => isStep(String(name)))
    .map(({ digest: vertex, inputs, started, completed, cached, error }) => {
      const logs = statuses.flatMap(({ logs = [] }) => logs).filter((log) => log.vertex === vertex);
      const written = (stream: number) =>
        Buffer.concat(
          logs.filter((log) => log.stream === stream).map(({ data }) => Buffer.from(data, "base64")),
        ).toString();
      return {
        name: nameOf(vertex as string),
        reads: ((inputs as string[]) ?? []).map(nameOf).filter((name) => /^(RUN|COPY)/.test(name)),
        isTimed: Date.parse(String(started)) <= Date.parse(String(completed)),
        isCached: cached === true,
        hasFailed: typeof error === "string",
        out: written(1),
        err: written(2),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe.skipIf(hasNoBuildkit)("beside BuildKit", () => {
  test("rawjson: the same steps, what they read, wrote and came to; again from the cache", async () => {
    const first = await said(dockerfile, "--progress", "rawjson", "--no-cache");
    const made = graph(first.ours);
    expect(made).toEqual(graph(first.theirs));
    expect(made).toHaveLength(4);
    expect(made[2]).toMatchObject({ out: "hello\nno newline", err: "err\n", isCached: false });
    const second = await said(dockerfile, "--progress", "rawjson");
    expect(graph(second.ours)).toEqual(graph(second.theirs));
    expect(graph(second.ours).every(({ isCached }) => isCached)).toBe(true);
  });

  test("rawjson: warnings and failures", async () => {
    const { ours, theirs } = await said(
      "FROM base\nMAINTAINER me\nRUN echo words; exit 3\n",
      "--progress",
      "rawjson",
    );
    expect(graph(ours)).toEqual(graph(theirs));
    expect(graph(ours)[0]).toMatchObject({ hasFailed: true, out: "words\n" });
    const warnings = (text: string) =>
      parse(text)
        .flatMap((status) => status.warnings ?? [])
        .map(({ short, level, url, range }) => ({
          // The rule and the line; each has words of its own between them.
          short: Buffer.from(String(short), "base64")
            .toString()
            .replace(/: .* \(/, ": … ("),
          level,
          url,
          lines: (range as { start: { line: number } }[]).map(({ start }) => start.line),
        }));
    expect(warnings(ours)).toEqual(warnings(theirs));
    expect(warnings(ours)).toHaveLength(1);
  });

  test("rawjson: the Dockerfile is read before, and the image written down after the steps", async () => {
    const { ours, theirs } = await pair.build("FROM base\nRUN true\n", {
      all: ["--progress", "rawjson"],
      ours: ["-o", `type=oci,dest=${pair.at("raw-ours.tar")}`],
      theirs: ["--output", `type=oci,dest=${pair.at("raw-theirs.tar")}`],
    });
    for (const { err } of [theirs, ours]) {
      const statuses = parse(err);
      const named = (name: string) =>
        statuses.flatMap(({ vertexes = [] }) => vertexes).filter((vertex) => vertex.name === name);
      for (const name of [
        "[internal] load build definition from Dockerfile",
        "exporting to oci image format",
      ]) {
        expect([name, named(name).at(-1)?.completed]).toEqual([name, expect.any(String)]);
      }
      const parts = statuses
        .flatMap((status) => status.statuses ?? [])
        .filter(
          ({ vertex, completed }) =>
            completed && vertex === named("exporting to oci image format")[0]?.digest,
        )
        .map(({ id }) => String(id).replace(/sha256:\w+/, "DIGEST"));
      expect(parts).toEqual(
        expect.arrayContaining(["exporting layers", "exporting manifest DIGEST", "exporting config DIGEST"]),
      );
    }
  });

  test("plain: checks warn in BuildKit's form", async () => {
    const { ours, theirs } = await said("FROM base AS One\nMAINTAINER me\n", "--progress", "plain");
    const warnings = (text: string) =>
      [...text.matchAll(/^#\d+ WARN: (\w+): .*( \(line \d+\))$/gm)]
        .map(([, rule, line]) => rule! + line!)
        .sort();
    expect(warnings(ours)).toEqual(warnings(theirs));
    expect(warnings(ours)).toHaveLength(2);
  });

  test("plain: every line of the log of a step has BuildKit's form, and the same words", async () => {
    const { ours, theirs } = await said(dockerfile, "--progress", "plain", "--no-cache");
    const failed = await said("FROM base\nRUN echo words; exit 3\n", "--progress", "plain", "--no-cache");
    const line =
      /^#\d+ (\[([a-z0-9-]+ )*\d+\/\d+\] .+|\d+\.\d{3} .*|DONE \d+\.\ds|CACHED|(ERROR|WARN): .+|\[(internal|context).*|(resolve|transferring|exporting|sending|extracting|sha256:) ?.*)$/;
    const steps = (text: string) => text.split("\n").filter((one) => one.startsWith("#"));
    for (const text of [ours, theirs, failed.ours, failed.theirs]) {
      const odd = steps(text).filter((one) => !line.test(one) && !/^#\d+ MISS /.test(one));
      expect(odd).toEqual([]);
      expect(text).not.toMatch(/^#\d+ .*\n\n\n/m);
    }
    const words = (text: string) =>
      steps(text)
        .map((one) => one.replace(/^#\d+ \d+\.\d{3} /, "> "))
        .filter((one) => one.startsWith("> "))
        .sort();
    expect(words(ours)).toEqual(words(theirs));
    expect(words(failed.ours)).toEqual(words(failed.theirs));
    expect(failed.ours).toMatch(/^#\d+ ERROR: /m);
  });

  test.each([
    ["--export-cache", "type=registry", "ref"],
    ["--export-cache", "type=local", "dest"],
    ["--export-cache", "type=foo", "foo"],
    ["--export-cache", "type=local,dest=cache,compression=foo", "foo"],
    ["--import-cache", "type=registry", "ref"],
    ["--import-cache", "type=local", "src"],
  ])("%s %s is refused, and the word is named", async (flag, value, word) => {
    const ourFlag = flag === "--export-cache" ? "--cache-to" : "--cache-from";
    const { ours, theirs } = await pair.build("FROM scratch\nCOPY a /\n", {
      ours: [ourFlag, value],
      theirs: [flag, value],
    });
    for (const { code, err } of [theirs, ours]) {
      expect(code).not.toBe(0);
      expect(err).toMatch(new RegExp(`(error|kasane): .*${word}`));
    }
  });

  test("what an export may be told is taken by both", async () => {
    const value =
      "mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true,compression=zstd,compression-level=5,force-compression=true";
    const { ours, theirs } = await pair.build("FROM scratch\nCOPY a /\n", {
      ours: ["-q", "--cache-to", `type=local,dest=${pair.at("ours")},${value}`],
      theirs: ["--export-cache", `type=local,dest=${pair.at("theirs")},${value}`],
    });
    expect([ours.code, theirs.code]).toEqual([0, 0]);
  });

  test("builder du and prune: filters choose the same kinds, and nothing is left", async () => {
    await said(dockerfile, "--progress", "plain");
    const theirs = (...args: string[]) => pair.daemon.buildctl("du", "--format", "{{json .}}", ...args);
    const kinds = async (...filters: string[]) => {
      const flags = filters.flatMap((filter) => ["--filter", filter]);
      const records = (JSON.parse(await theirs(...flags)) ?? []) as {
        recordType: string;
        mutable: boolean;
      }[];
      const { out: ours } = await pair.kasane(
        "builder",
        "du",
        "--format",
        "{{.Type}} {{.Mutable}}",
        ...flags,
      );
      return {
        theirs: new Set(records.map(({ recordType }) => recordType)),
        ours: new Set(ours.split("\n").flatMap((line) => line.split(" ")[0] || [])),
      };
    };
    for (const [filter, expected] of [
      ["type==regular", ["regular"]],
      ["type==source.local", ["source.local"]],
      ["immutable", ["regular"]],
    ] as const) {
      const found = await kinds(filter);
      expect([filter, [...found.theirs]]).toEqual([filter, [...expected]]);
      expect([filter, [...found.ours]]).toEqual([filter, [...expected]]);
    }
    expect((await kinds("type==foo")).ours).toEqual(new Set());
    await pair.daemon.buildctl("prune", "--all");
    await pair.kasane("builder", "prune", "--all", "--force");
    expect(JSON.parse(await theirs()) ?? []).toEqual([]);
    const { out: table } = await pair.kasane("builder", "du");
    const theirTable = await pair.daemon.buildctl("du");
    const columns = (text: string) => text.split("\n")[0]!.split(/\s{2,}|\t+/);
    expect(columns(table)).toEqual(columns(theirTable));
    expect(table).toMatch(/^Total: +0B$/m);
  });
});
