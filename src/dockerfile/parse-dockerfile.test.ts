// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isKasaneError } from "../lib/mod.ts";
import { expandInstruction } from "./expand-instruction.ts";
import type { StageInstruction } from "./instruction.ts";
import { findStage, parseDockerfile, parseTrigger } from "./parse-dockerfile.ts";

const data = process.env.KASANE_TEST_DATA ?? resolve(import.meta.dir, "../../../shared/data");
const cases = join(data, "dockerfile/parser/testfiles");

/** The instruction of one line below FROM, without what says where it stands. */
function one(line: string): Record<string, unknown> {
  const { original, range, comments, ...rest } = parseDockerfile(`FROM x\n${line}`).stages[0]!
    .instructions[0]!;
  return rest;
}

function messageOfRefusal(text: string): string {
  try {
    parseDockerfile(text);
  } catch (error) {
    if (isKasaneError(error)) return `${error.message.split("\n")[0]}${error.hint ? ` (${error.hint})` : ""}`;
    throw error;
  }
  return "accepted";
}

test("parseDockerfile() reads the 18 instructions", () => {
  const file = parseDockerfile(
    [
      "ARG BASE=debian REST",
      "FROM --platform=$BUILDPLATFORM ${BASE} AS Build",
      "RUN --mount=type=cache,target=/c --network=none make",
      'CMD ["a"]',
      "ENTRYPOINT run it",
      "FROM scratch",
      "COPY --from=build /a /b/",
    ].join("\n"),
  );
  expect(file.globalArgs[0]?.definitions).toEqual([{ name: "BASE", value: "debian" }, { name: "REST" }]);
  expect(file.stages.map((stage) => stage.from)).toMatchObject([
    { base: "${BASE}", stageName: "build", platform: "$BUILDPLATFORM", range: { startLine: 2, endLine: 2 } },
    { base: "scratch" },
  ]);
  expect(file.stages[0]?.instructions).toMatchObject([
    {
      kind: "run",
      command: { form: "shell", text: "make" },
      mounts: ["type=cache,target=/c"],
      network: "none",
    },
    { kind: "cmd", command: { form: "exec", argv: ["a"] } },
    { kind: "entrypoint", command: { form: "shell", text: "run it" } },
  ]);
});

test.each<[string, Record<string, unknown>]>([
  [
    "ENV a=b c='d e'",
    {
      kind: "env",
      pairs: [
        { name: "a", value: "b", separator: "=" },
        { name: "c", value: "'d e'", separator: "=" },
      ],
    },
  ],
  ["LABEL a b c", { kind: "label", pairs: [{ name: "a", value: "b c", separator: "" }] }],
  ["EXPOSE 80 53/udp", { kind: "expose", ports: ["53/udp", "80"] }],
  ['VOLUME ["/a", "/b c"]', { kind: "volume", paths: ["/a", "/b c"] }],
  ["USER a:b", { kind: "user", user: "a:b" }],
  ["WORKDIR /a b", { kind: "workdir", path: "/a b" }],
  ["STOPSIGNAL SIGTERM", { kind: "stopsignal", signal: "SIGTERM" }],
  ['SHELL ["/bin/bash", "-c"]', { kind: "shell", argv: ["/bin/bash", "-c"] }],
  ["MAINTAINER a b", { kind: "maintainer", author: "a b" }],
  ["ARG a b=c", { kind: "arg", definitions: [{ name: "a" }, { name: "b", value: "c" }] }],
  ["ONBUILD  RUN  x  y", { kind: "onbuild", expression: "RUN  x  y" }],
  ["ONBUILD RUN <<E\nx\nE", { kind: "onbuild", expression: "RUN <<E\nx\nE" }],
  [
    "HEALTHCHECK --interval=1m30s --retries=3 --start-interval=500ms CMD curl x",
    {
      kind: "healthcheck",
      test: ["CMD-SHELL", "curl x"],
      intervalNs: 90e9,
      timeoutNs: 0,
      startPeriodNs: 0,
      startIntervalNs: 500e6,
      retries: 3,
    },
  ],
  [
    "COPY --from=b --chown=1:2 --chmod=755 --link --parents --exclude=a --exclude=*.b x y /z/",
    {
      kind: "copy",
      sources: ["x", "y"],
      inlineFiles: [],
      destination: "/z/",
      from: "b",
      chown: "1:2",
      chmod: "755",
      link: true,
      parents: true,
      exclude: ["a", "*.b"],
    },
  ],
  [
    "ADD --checksum=sha256:00 --keep-git-dir=true --unpack=false --link=false http://h/x y",
    {
      kind: "add",
      sources: ["http://h/x"],
      inlineFiles: [],
      destination: "y",
      link: false,
      exclude: [],
      checksum: "sha256:00",
      keepGitDir: true,
      unpack: false,
    },
  ],
  [
    "COPY a <<-'E' /d/\n\tx $y\n\tE",
    {
      kind: "copy",
      sources: ["a"],
      inlineFiles: [{ name: "E", content: "x $y\n", expand: false }],
      destination: "/d/",
      link: false,
      parents: false,
      exclude: [],
    },
  ],
])("parseInstruction(%j)", (line, expected) => {
  expect(one(line)).toEqual(expected);
});

test.each([
  ["FROM x\nRUNN y", "Dockerfile:2: unknown instruction RUNN (did you mean RUN?)"],
  ["FROM x\nCOPPY y", "Dockerfile:2: unknown instruction COPPY (did you mean COPY?)"],
  ["FROM x\nCOPY --form=a b c", "Dockerfile:2: unknown flag --form (did you mean --from?)"],
  ["FROM x\nCOPY --from=a --from=b c d", "Dockerfile:2: --from is given twice"],
  ["FROM x\nCOPY --link=perhaps c d", 'Dockerfile:2: --link is true or false, not "perhaps"'],
  ["FROM x\nCOPY --chown a b", "Dockerfile:2: --chown needs a value"],
  ["FROM x\nCOPY a", "Dockerfile:2: COPY needs at least one source and a destination (write COPY a .)"],
  ["FROM x\nCOPY a <<E\nE", "Dockerfile:2: the destination of COPY cannot be a heredoc"],
  ["FROM x\nUSER --x y", "Dockerfile:2: unknown flag --x"],
  ["RUN x\nFROM y", "Dockerfile:1: RUN comes before the first FROM (only ARG may stand above FROM)"],
  ["ARG x", "Dockerfile:1: there is no FROM, so there is nothing to build (a Dockerfile begins with FROM)"],
  [
    "FROM x AS 1a",
    'Dockerfile:1: invalid stage name "1a" (a stage name begins with a letter; letters, digits, -, _ and . may follow)',
  ],
  ["FROM x y", "Dockerfile:1: FROM needs one argument, or three: FROM image AS name"],
  ["FROM x\nSHELL bash -c", 'Dockerfile:2: SHELL takes the JSON form only (write SHELL ["/bin/sh", "-c"])'],
  ["FROM x\nONBUILD ONBUILD RUN y", "Dockerfile:2: ONBUILD ONBUILD is not allowed"],
  ["FROM x\nONBUILD FROM y", "Dockerfile:2: FROM is not allowed in ONBUILD"],
  [
    "FROM x\nONBUILD COPY y",
    "Dockerfile:2: COPY needs at least one source and a destination (write COPY y .)",
  ],
  ["FROM x\nHEALTHCHECK TEST y", 'Dockerfile:2: unknown type "TEST" of HEALTHCHECK (it is CMD or NONE)'],
  [
    "FROM x\nHEALTHCHECK --interval=1x CMD y",
    'Dockerfile:2: --interval "1x" is not a duration (write it like 30s, 1m30s or 500ms)',
  ],
  ["FROM x\nHEALTHCHECK NONE y", "Dockerfile:2: HEALTHCHECK NONE takes no arguments"],
  [
    "FROM x\nRUN --mount=type=cash,target=/x y",
    'Dockerfile:2: unknown type "cash" in --mount (did you mean cache?)',
  ],
  ["FROM x\nRUN --mount=type=tmpfs,sharing=shared y", "Dockerfile:2: --mount=type=tmpfs takes no sharing"],
  [
    "FROM x\nRUN --mount=type=cache,traget=/x y",
    'Dockerfile:2: unknown key "traget" in --mount (did you mean target?)',
  ],
  ["FROM x\nRUN --network=nope y", 'Dockerfile:2: unknown value "nope" of --network (did you mean none?)'],
  ['FROM x\nVOLUME [""]', "Dockerfile:2: VOLUME cannot be an empty path"],
  ["FROM x\nENV =y", "Dockerfile:2: a name of ENV cannot be empty"],
  ["FROM x\nENV", "Dockerfile:2: ENV needs at least one argument"],
])("parseDockerfile(%j) is refused", (text, message) => {
  expect(messageOfRefusal(text)).toBe(message);
});

test("an error shows the lines with a caret under what is wrong", () => {
  try {
    parseDockerfile("FROM x\n\tCOPY --form=a \\\n  b c\n");
  } catch (error) {
    expect((error as Error).message).toBe(
      [
        "Dockerfile:2: unknown flag --form",
        "  2 | \tCOPY --form=a \\",
        "    | \t     ^^^^^^",
        "  3 |   b c",
      ].join("\n"),
    );
    return;
  }
  throw new Error("accepted");
});

test("findStage() finds by name in any case, then by number", () => {
  const { stages } = parseDockerfile("FROM a AS one\nFROM b AS Two\nFROM c");
  expect(["one", "TWO", "2", "3", "three"].map((name) => findStage(stages, name))).toEqual([
    0,
    1,
    2,
    undefined,
    undefined,
  ]);
});

test("parseTrigger() reads a trigger of an image's config", () => {
  expect(parseTrigger("COPY . /app", "ONBUILD of x").instruction).toMatchObject({
    kind: "copy",
    sources: ["."],
  });
  expect(() => parseTrigger("RUN a\nRUN b", "t")).toThrow("one instruction");
  expect(() => parseTrigger("FROM b", "t")).toThrow("not allowed");
});

test("expandInstruction() expands what the language expands, and nothing else", () => {
  const values: Record<string, string> = { a: "A", p: "80 81", q: "it's" };
  const expand = (line: string): StageInstruction =>
    expandInstruction(parseDockerfile(`FROM x\n${line}`).stages[0]!.instructions[0]!, (name) => values[name]);
  expect(expand("ENV $a=$a b='$a'")).toMatchObject({
    pairs: [
      { name: "A", value: "A" },
      { name: "b", value: "$a" },
    ],
  });
  expect(expand("COPY --chown=$a --from=$a $a $a/")).toMatchObject({
    chown: "A",
    from: "$a",
    sources: ["A"],
    destination: "A/",
  });
  expect(expand("EXPOSE $p")).toMatchObject({ ports: ["80", "81"] });
  expect(expand("RUN --mount=target=/$a echo $a")).toMatchObject({
    mounts: ["target=/A"],
    command: { form: "shell", text: "echo $a" },
  });
  expect(expand("COPY <<E /x\n'$a' $q\nE")).toMatchObject({ inlineFiles: [{ content: "'A' it's\n" }] });
  expect(expand("COPY <<'E' /x\n$a\nE")).toMatchObject({ inlineFiles: [{ content: "$a\n" }] });
  expect(expand("CMD echo $a")).toMatchObject({ command: { text: "echo $a" } });
});

describe.skipIf(!existsSync(cases))(
  "parseDockerfile() reads the shared Dockerfiles, or says what is wrong",
  () => {
    test.each(existsSync(cases) ? readdirSync(cases) : [])("%s", (name) => {
      const text = readFileSync(join(cases, name, "Dockerfile"));
      // Made for the parser alone: no FROM, invented flags, or HEALTHCHECK types nobody has.
      const refused = /^(jeztah|json$|flags$|health$|args$)/.test(name);
      if (refused && name !== "args") expect(messageOfRefusal(text.toString())).toStartWith("Dockerfile:");
      else expect(parseDockerfile(text).stages.length).toBeGreaterThan(0);
    });
  },
);
