// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
/** `--call outline` and `targets` say what BuildKit's frontend says. Kasane's outline has the target's name and cache mounts as well. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run } from "../../outside.ts";
import { scratch } from "../peers.ts";
import { askFrontend } from "./ask-frontend.ts";

interface Question {
  readonly name: string;
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
}

const questions: readonly Question[] = [
  { name: "nothing to be given", dockerfile: "FROM scratch\nLABEL a=b\n" },
  {
    name: "a global ARG that nobody uses, one that FROM names, one that the stage takes",
    dockerfile:
      "# UNUSED is for nobody\nARG UNUSED=1\n# BASE is the base\nARG BASE=alpine\n# TAKEN is taken\nARG TAKEN=t\nFROM ${BASE}\nARG TAKEN\nARG OWN=o\n",
  },
  {
    name: "ARGs made of others, at any depth",
    dockerfile:
      "ARG MAJOR=3\nARG VERSION=${MAJOR}.1\nARG TAG=${VERSION}-slim\nARG OTHER=${MAJOR}\nFROM alpine:${TAG}\n",
  },
  {
    name: "an ARG made of what it was before",
    dockerfile: "ARG A=1\nARG B=2\nARG C=$A\nARG C=$C$B\nFROM alpine:$C\n",
  },
  {
    name: "given values are made of nothing",
    dockerfile: "ARG MAJOR=3\nARG VERSION=${MAJOR}.1\nFROM alpine:${VERSION}\nARG OWN=o\nARG NONE\n",
    buildArgs: { VERSION: "4", OWN: "given", NONE: "something" },
  },
  {
    name: "a default of the stage in the place of the global one, with its own words",
    dockerfile:
      "# V is global\nARG V=1\nFROM scratch\n# V is mine\nARG V=2\n# V is mine again\nARG V=${V}3\n",
  },
  {
    name: "values of the stage's own variables",
    dockerfile: "FROM alpine AS one\nARG A=a\nENV B=${A}b\nFROM one\nARG C=${B}c\nARG D=${C:-x}$PATH2\n",
  },
  {
    name: "only what the target needs",
    dockerfile:
      "ARG X=alpine\nARG Y=busybox\nFROM $X AS one\nARG ONE=1\nFROM $Y AS two\nARG TWO=2\nFROM scratch AS three\nARG THREE=3\nCOPY --from=one /a /a\nFROM two AS four\n",
    target: "three",
  },
  {
    name: "stages that are read from, and mounted",
    dockerfile:
      "ARG P=linux/amd64\nFROM --platform=$P alpine AS tools\nARG TOOLS=1\nFROM alpine AS src\nARG SRC=1\nFROM alpine\nARG TARGETARCH\nARG NOTHING\nRUN --mount=from=src,target=/s true\nCOPY --from=tools /t /t\n",
  },
  {
    name: "secrets and agents",
    dockerfile:
      "FROM alpine AS a\nRUN --mount=type=secret,id=token,required=true true\nFROM alpine\nCOPY --from=a /x /x\nRUN --mount=type=secret,id=key --mount=type=ssh true\nRUN --mount=type=ssh,id=github,required true\n",
  },
  {
    name: "targets with platforms, descriptions and capitals",
    dockerfile:
      "# build makes it\nFROM --platform=$BUILDPLATFORM golang AS Build\n# just a remark\nFROM scratch AS release\n# last is last\nFROM release\n",
  },
];

interface Answer {
  readonly outline: Readonly<Record<string, unknown>>;
  readonly targets: unknown;
}

/** BuildKit tells columns as well, or zeros where it has none. */
function withoutColumns(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (key, part) => (key === "character" ? undefined : part));
}

describe.skipIf(missing("buildkit-frontend"))(
  "kasane build --call says what BuildKit's frontend says:",
  () => {
    let answers: ReturnType<typeof askFrontend<Answer>> | undefined;
    test.each(
      questions.map((each, index) => [each.name, each, index] as const),
    )("%s", async (_, each, index) => {
      answers ??= askFrontend("calls", questions);
      const theirs = (await answers)[index]!;
      expect(theirs.error).toBeUndefined();
      await using directory = await scratch("calls");
      const context = join(directory.path, "context");
      mkdirSync(context);
      writeFileSync(join(context, "Dockerfile"), each.dockerfile);
      const args = Object.entries(each.buildArgs ?? {}).flatMap(([name, value]) => [
        "--build-arg",
        `${name}=${value}`,
      ]);
      const target = each.target === undefined ? [] : ["--target", each.target];
      const flags = ["--platform=linux/amd64", ...args, ...target];
      const call = async (method: string) => {
        const argv = [
          kasane,
          "--root",
          join(directory.path, "store"),
          "build",
          "--call",
          `${method},format=json`,
        ];
        const { code, out, err } = await run([...argv, ...flags, context]);
        expect([code, err]).toEqual([0, ""]);
        return JSON.parse(out);
      };
      const { name = "", description: _described, cache: _cache, ...outline } = await call("outline");
      const { name: theirName = name, ...theirOutline } = theirs.outline;
      expect([name, withoutColumns(outline)]).toEqual([theirName, withoutColumns(theirOutline)]);
      expect(withoutColumns(await call("targets"))).toEqual(withoutColumns(theirs.targets));
    });
  },
);
