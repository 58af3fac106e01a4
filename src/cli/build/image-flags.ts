import type { BuildOptions } from "../../build/mod.ts";
import { messageOf, parseGoDuration } from "../../lib/mod.ts";
import { type Flag, type ParsedFlags, usage } from "../flags.ts";
import { textOfFile } from "../text-of-file.ts";
import { pairs } from "./name-values.ts";

/** buildah's, for what the Dockerfile says otherwise. */
export const imageFlags: readonly Flag[] = [
  { name: "from", type: "string", value: "IMAGE", help: "Base of the first stage, in place of its FROM's" },
  {
    name: "env",
    type: "strings",
    value: "NAME[=VALUE]",
    help: "Variable that each stage begins with, and the image has; ENV goes over it",
  },
  { name: "unsetenv", type: "strings", value: "NAME", help: "Variable that the image does not get" },
  { name: "unsetlabel", type: "strings", value: "NAME", help: "Label that the image does not get" },
  {
    name: "unsetannotation",
    type: "strings",
    value: "NAME",
    help: "Annotation that the image does not get",
  },
  {
    name: "inherit-labels",
    type: "boolean",
    help: "Labels of base images (default true; false leaves them behind)",
  },
  { name: "omit-history", type: "boolean", help: "The image says nothing of its history" },
  { name: "ignorefile", type: "string", value: "FILE", help: "In place of .dockerignore" },
  {
    name: "build-arg-file",
    type: "strings",
    value: "FILE",
    help: "Values of ARGs: NAME=VALUE on lines, # for comments",
  },
  {
    name: "cache-ttl",
    type: "string",
    value: "DURATION",
    help: "Results that are older than this (12h, 30m) are made anew; 0 is --no-cache",
  },
  {
    name: "skip-unused-stages",
    type: "boolean",
    help: "Leave out stages that the target does not need (default true)",
  },
  { name: "save-stages", type: "boolean", help: "Keep the stages below the target as images without a name" },
  {
    name: "stage-labels",
    type: "boolean",
    help: "With --save-stages: labels that say which stage an image is, and what it stands on",
  },
  {
    name: "manifest",
    type: "string",
    value: "LIST",
    help: "Put the result into this manifest list, which is made where there is none",
  },
];

type Options = Pick<
  BuildOptions,
  "from" | "changes" | "ignoreFile" | "cacheMaxAgeMs" | "allStages" | "saveStages"
>;

/** @throws KasaneError `usage` */
export function imageOptions(flags: ParsedFlags, env: Readonly<Record<string, string | undefined>>): Options {
  const [from, ignoreFile, ttl] = ["from", "ignorefile", "cache-ttl"].map((name) => flags.string(name));
  const changes: NonNullable<Options["changes"]> = {
    ...(flags.strings("env").length > 0 && { env: pairs(flags.strings("env"), env) }),
    ...(flags.maybeBoolean("inherit-labels") === false && { inheritLabels: false }),
    ...(flags.boolean("omit-history") && { omitHistory: true }),
    ...(flags.strings("unsetenv").length > 0 && { unsetEnv: commaSeparated(flags, "unsetenv") }),
    ...(flags.strings("unsetlabel").length > 0 && { unsetLabels: commaSeparated(flags, "unsetlabel") }),
  };
  const [isSaved, isLabelled] = [flags.boolean("save-stages"), flags.boolean("stage-labels")];
  if (isLabelled && !isSaved) throw usage("--stage-labels needs --save-stages", "build");
  return {
    ...(flags.maybeBoolean("skip-unused-stages") === false && { allStages: true }),
    ...(isSaved && { saveStages: { labels: isLabelled } }),
    ...(Object.keys(changes).length > 0 && { changes }),
    ...(from !== undefined && { from }),
    ...(ignoreFile !== undefined && { ignoreFile }),
    ...(ttl !== undefined && { cacheMaxAgeMs: durationMs(ttl) }),
  };
}

/** `--build-arg` over `--build-arg-file`. @throws KasaneError `usage` */
export async function givenBuildArgs(
  flags: ParsedFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const fromFiles = await Promise.all(flags.strings("build-arg-file").map(argsInFile));
  return pairs([...fromFiles.flat(), ...flags.strings("build-arg")], env);
}

export function commaSeparated(flags: ParsedFlags, name: string): string[] {
  return flags.strings(name).flatMap((text) => text.split(","));
}

async function argsInFile(path: string): Promise<string[]> {
  const text = await textOfFile(path).catch((error) => {
    throw usage(messageOf(error), "build", { hint: "the file has NAME=VALUE on its lines" });
  });
  const lines = text.split(/\r?\n/);
  return lines.filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

function durationMs(text: string): number {
  const nanoseconds = text === "0" ? 0 : parseGoDuration(text);
  if (nanoseconds !== undefined && nanoseconds >= 0) return nanoseconds / 1e6;
  throw usage(`${JSON.stringify(text)} is no duration`, "build", { hint: "for example 12h, 30m or 1h30m" });
}
