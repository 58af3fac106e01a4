// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostPlatform } from "../oci/mod.ts";
import type { BuildEvent } from "./progress.ts";
import { type BuildFixture, buildFixture, layerLines } from "./testing/build-fixture.ts";

let fixture: BuildFixture;
beforeEach(async () => {
  fixture = await buildFixture({ a: "a", b: "b", "dir/c": "c" });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const layers = async (dockerfile: string, options: Parameters<BuildFixture["build"]>[1] = {}) =>
  layerLines(fixture.store, await fixture.build(dockerfile, options));
const told = (kind: BuildEvent["kind"]) =>
  fixture.events
    .filter((event) => event.kind === kind)
    .map((event) => ("step" in event ? event.step.text : event.kind === "warning" ? event.message : ""));

test("build() makes an image with settings and a history that reads like the Dockerfile", async () => {
  const { config } = await fixture.build(
    [
      "FROM scratch",
      "MAINTAINER Some Body",
      "ARG V=1 U",
      "ENV A=b$V C='d e'",
      "LABEL x=$A y",
      "COPY --chown=1:2 a b /dst/",
      "WORKDIR /dst/w",
      "WORKDIR /dst",
      "EXPOSE 80 53/udp",
      "VOLUME /v",
      "USER 5",
      "STOPSIGNAL SIGINT",
      'SHELL ["/bin/bash", "-c"]',
      "HEALTHCHECK --interval=5s CMD check it",
      "ENTRYPOINT run $A",
      'CMD ["nginx", "-g", "daemon off;"]',
      "ONBUILD COPY . /later",
    ]
      .join("\n")
      .replace("LABEL x=$A y", "LABEL x=$A"),
    { buildArgs: { U: "given" }, labels: { added: "1" }, timestamp: 1_700_000_000 },
  );
  expect(config.config).toEqual({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b1", "C=d e"],
    WorkingDir: "/dst",
    Labels: { x: "b1", added: "1" },
    ExposedPorts: { "53/udp": {}, "80/tcp": {} },
    Volumes: { "/v": {} },
    User: "5",
    StopSignal: "SIGINT",
    Shell: ["/bin/bash", "-c"],
    Healthcheck: { Test: ["CMD-SHELL", "check it"], Interval: 5e9 },
    Entrypoint: ["/bin/bash", "-c", "run $A"],
    Cmd: ["nginx", "-g", "daemon off;"],
    OnBuild: ["COPY . /later"],
  });
  expect(config.author).toBe("Some Body");
  expect(config.created).toBe("2023-11-14T22:13:20Z");
  expect(config).toMatchObject({ os: "linux", architecture: hostPlatform().architecture });
  const history = config.history?.map((entry) => `${entry.empty_layer ? "-" : "+"} ${entry.created_by}`);
  expect(history).toEqual([
    "- MAINTAINER Some Body",
    "- ARG V=1 U=given",
    "- ENV A=b1 C=d e",
    "- LABEL x=b1",
    "+ COPY --chown=1:2 a b /dst/",
    "+ WORKDIR /dst/w",
    "- WORKDIR /dst",
    "- EXPOSE [53/udp 80/tcp]",
    "- VOLUME [/v]",
    "- USER 5",
    "- STOPSIGNAL SIGINT",
    "- SHELL [/bin/bash -c]",
    "- HEALTHCHECK --interval=5s CMD check it",
    '- ENTRYPOINT ["/bin/bash" "-c" "run $A"]',
    '- CMD ["nginx" "-g" "daemon off;"]',
  ]);
  expect(new Set(config.history?.map((entry) => entry.created))).toEqual(new Set(["2023-11-14T22:13:20Z"]));
});

test("files get the time of the build, layers the media type that was asked for", async () => {
  const image = await fixture.build("FROM scratch\nCOPY a /", {
    timestamp: 7,
    mediaTypes: "docker",
    compression: "zstd",
  });
  expect((await layerLines(fixture.store, image)).flat()).toEqual(['f 644 0:0 a "a" @7']);
  expect(image.manifest.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
  expect(image.manifest.layers[0]?.mediaType).toEndWith("diff.tar.zstd");
  const epoch = await fixture.build("FROM scratch\nCOPY a /", { buildArgs: { SOURCE_DATE_EPOCH: "9" } });
  expect((await layerLines(fixture.store, epoch)).flat()).toEqual(['f 644 0:0 a "a" @9']);
});

test("stages: by name, by number, as a base, unused ones never", async () => {
  const dockerfile = [
    "FROM scratch AS One",
    "COPY --chown=3:4 a /x/",
    "ENV E=1",
    "FROM scratch AS unused",
    "COPY missing /",
    "FROM one AS two",
    "COPY b /",
    "FROM scratch",
    "COPY --from=ONE /x/a /first",
    "COPY --from=2 / /all/",
    "COPY --from=two --chown=0 x /",
  ].join("\n");
  expect(await layers(dockerfile)).toEqual([
    ['f 644 3:4 first "a"'],
    ["d 755 0:0 all", 'f 644 0:0 all/b "b"', "d 755 3:4 all/x", 'f 644 3:4 all/x/a "a"'],
    ['f 644 0:0 a "a"'],
  ]);
  const target = await fixture.build(dockerfile, { target: "two" });
  expect(target.config.config?.Env).toContain("E=1");
  expect(target.manifest.layers).toHaveLength(2);
  expect(fixture.build(dockerfile, { target: "tow" })).rejects.toMatchObject({
    code: "not-found",
    hint: "did you mean two?",
  });
  expect(fixture.build(dockerfile, { target: "unused" })).rejects.toMatchObject({ data: { line: 5 } });
});

test("an image of the store is a base: its settings, history, time and triggers", async () => {
  await fixture.build(
    'FROM scratch\nCOPY a /\nENV X=1\nCMD ["c"]\nONBUILD COPY dir /trigger/\nONBUILD ENV T=$X',
    {
      tags: ["docker.io/library/base:1"],
      timestamp: 1000,
    },
  );
  const image = await fixture.build('FROM base:1\nCOPY b /\nENTRYPOINT ["e"]\n');
  expect(await layerLines(fixture.store, image)).toEqual([
    ['f 644 0:0 a "a" @1000'],
    ["d 755 0:0 trigger @1000", 'f 644 0:0 trigger/c "c" @1000'],
    ['f 644 0:0 b "b" @1000'],
  ]);
  expect(image.config.created).toBe("1970-01-01T00:16:40Z");
  expect(image.config.config).toMatchObject({ Env: [expect.any(String), "X=1", "T=1"], Entrypoint: ["e"] });
  expect(image.config.config).not.toHaveProperty("Cmd");
  expect(image.config.config).not.toHaveProperty("OnBuild");
  expect(image.config.history).toHaveLength(7);
  expect(told("started")).toEqual(["FROM base:1", "COPY dir /trigger/", "COPY b /"]);
  // One image may be copied from, too.
  const copied = await layers("FROM scratch\nCOPY --from=base:1 /a /copied");
  expect(copied).toEqual([['f 644 0:0 copied "a" @1000']]);
});

test("global arguments reach FROM, and a stage that names them", async () => {
  await fixture.build("FROM scratch\nCOPY a /", { tags: ["docker.io/library/base:2"] });
  const image = await fixture.build(
    "ARG TAG=1\nARG OTHER=$TAG-x\nFROM base:${TAG} AS s\nARG OTHER\nARG TARGETARCH\nARG TAG=own\nENV R=$OTHER-$TAG-$TARGETARCH\nFROM s\nENV S=$TAG",
    { buildArgs: { TAG: "2", UNKNOWN: "x" } },
  );
  const env = image.config.config?.Env;
  expect(env).toContain(`R=2-x-2-${hostPlatform().architecture}`);
  expect(env).toContain("S=2");
  expect(told("warning")).toEqual(["build arguments that no ARG asks for: UNKNOWN"]);
  expect(fixture.build("ARG B\nFROM $B")).rejects.toMatchObject({
    code: "invalid-dockerfile",
    data: { line: 2 },
  });
  expect(fixture.build("FROM scratch\nWORKDIR ${X:?must be set}")).rejects.toMatchObject({
    message: expect.stringContaining("X: must be set"),
    data: { line: 2 },
  });
});

test("the second build takes every step from the cache, on any path to the same files", async () => {
  const dockerfile = "FROM scratch\nCOPY a /\nWORKDIR /w\nCOPY dir dir";
  const first = await fixture.build(dockerfile);
  const second = await fixture.build(dockerfile);
  expect(second.raw.digest).toBe(first.raw.digest);
  expect(second.steps).toEqual({ total: 3, cached: 3 });
  expect(told("cached")).toEqual(["COPY a /", "WORKDIR /w", "COPY dir dir"]);
  // The time of a file is not content; its bytes are.
  writeFileSync(join(fixture.context, "a"), "a");
  expect((await fixture.build(dockerfile)).steps.cached).toBe(3);
  fixture.write({ a: "changed" });
  const third = await fixture.build(dockerfile);
  expect(third.steps).toEqual({ total: 3, cached: 2 });
  expect(third.raw.digest).not.toBe(first.raw.digest);
});

test("a step whose files come out the same is a hit on top of other layers", async () => {
  await fixture.build("FROM scratch\nCOPY a /one\nCOPY dir /d/");
  await fixture.build("FROM scratch\nCOPY b /two\nCOPY dir /d/");
  expect(told("cached")).toEqual(["COPY dir /d/"]);
  await fixture.build("FROM scratch\nCOPY --chown=5 b /d/two\nCOPY dir /d/");
  expect(told("cached")).toEqual([]);
});

test("noCache runs everything again and gives the same", async () => {
  const first = await fixture.build("FROM scratch\nCOPY a /");
  const again = await fixture.build("FROM scratch\nCOPY a /", { noCache: true });
  expect(again.steps).toEqual({ total: 1, cached: 0 });
  expect(again.raw.digest).toBe(first.raw.digest);
});

test("a cached layer whose blob is gone is made again", async () => {
  const first = await fixture.build("FROM scratch\nCOPY a /");
  await fixture.store.blobs.delete(first.manifest.layers[0]!.digest);
  const again = await fixture.build("FROM scratch\nCOPY a /");
  expect(again.steps.cached).toBe(0);
  expect(await fixture.store.blobs.stat(first.manifest.layers[0]!.digest)).toBeDefined();
});

test("equal inputs give equal images in another store, from a directory made in another order", async () => {
  const dockerfile = "FROM scratch AS x\nCOPY . /all\nFROM scratch\nCOPY --from=x /all /\nWORKDIR /w";
  await using other = await buildFixture({ "dir/c": "c", b: "b", a: "a" });
  const [one, two] = [await fixture.build(dockerfile), await other.build(dockerfile, { jobs: 1 })];
  expect(two.raw.digest).toBe(one.raw.digest);
});

test("nothing is visible of a build that fails or is cancelled, and no work directory is left", async () => {
  const tags = ["docker.io/library/x:latest"];
  expect(fixture.build("FROM scratch\nCOPY a /\nCOPY missing /", { tags })).rejects.toThrow();
  const cancel = new AbortController();
  const cancelled = fixture.build("FROM scratch\nCOPY a /\nCOPY b /\nCOPY dir /", {
    tags,
    noCache: true,
    signal: cancel.signal,
    progress: (event) => event.kind === "finished" && cancel.abort(),
  });
  expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  await cancelled.catch(() => {});
  expect(await fixture.store.list()).toEqual([]);
  const left = [...new Bun.Glob("tmp/*").scanSync({ cwd: fixture.store.root, onlyFiles: false })];
  expect(left).toEqual([]);
});

test("RUN needs a sandbox", async () => {
  expect(fixture.build("FROM scratch\nCOPY a /\nRUN x")).rejects.toMatchObject({ code: "unsupported" });
});

test.each([
  ["RUN --security=insecure x", "RUN --security=insecure is not allowed"],
  ["RUN --device=x,required x", 'required device "x" is not registered'],
  ["STOPSIGNAL SIGNOPE", 'unknown signal "SIGNOPE"'],
  ["EXPOSE 99999", 'invalid port "99999"'],
])("%s is refused with its line", async (line, message) => {
  expect(fixture.build(`FROM scratch\n${line}`)).rejects.toMatchObject({
    message: expect.stringContaining(message),
    data: { line: 2 },
  });
});

test("a context file that changes while it is copied is noticed", async () => {
  const failing = fixture.build("FROM scratch\nCOPY a /one\nCOPY a /two", {
    // The second step goes by the digest that the first has found.
    progress: (event) => event.kind === "finished" && fixture.write({ a: "x" }),
  });
  expect(failing).rejects.toMatchObject({ code: "conflict", data: { line: 3 } });
  await failing.catch(() => {});
});

test.each([
  "FROM scratch AS build\nCOPY a /\nFROM scratch\nCOPY --from=biuld a /",
  "FROM scratch AS build\nCOPY a /\nFROM biuld",
])("a stage whose name was mistyped is named: %j", async (dockerfile) => {
  await expect(fixture.build(dockerfile)).rejects.toMatchObject({ hint: "did you mean the stage build?" });
});
