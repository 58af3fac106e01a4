/** The build checks say of a Dockerfile what BuildKit's frontend says: the same rules on the same lines. */
import { describe, expect, test } from "bun:test";
import {
  checkDockerfile,
  parseCheckSelection,
  parseDockerfile,
  platformArgs,
} from "../../../src/dockerfile/mod.ts";
import { missing } from "../../outside.ts";
import { askFrontend } from "./ask-frontend.ts";
import { checkCases } from "./check-cases.ts";

const linux = { os: "linux", architecture: "amd64" };

interface Answer {
  readonly warnings: readonly { readonly rule: string; readonly line: number }[];
}

function kasane({ dockerfile, buildArgs = {} }: (typeof checkCases)[number]): string[] {
  const parsed = parseDockerfile(dockerfile);
  const base = { env: ["PATH=/usr/bin:/bin", "BASE_VARIABLE=x"], hasShell: false, platform: linux };
  const images = parsed.stages.filter(({ from }) => /^alpine/.test(from.base));
  const bases = new Map(images.map(({ index }) => [index, base]));
  const warnings = checkDockerfile(parsed, {
    ...(parsed.directives.check !== undefined && { selection: parseCheckSelection(parsed.directives.check) }),
    buildArgs,
    platformArgs: platformArgs({ build: linux, target: linux, targetStage: "" }),
    targetPlatform: linux,
    bases,
  });
  return warnings.map(({ rule, range }) => `${range.startLine} ${rule}`);
}

describe.skipIf(missing("buildkit-frontend"))("checkDockerfile() says what BuildKit's frontend says", () => {
  let answers: ReturnType<typeof askFrontend<Answer>> | undefined;
  test.each(
    checkCases.map((each, index) => [each.name, each, index] as const),
  )("%s", async (_, each, index) => {
    answers ??= askFrontend("checks", checkCases);
    const answer = (await answers)[index]!;
    expect(answer.error).toBeUndefined();
    const theirs = new Set(answer.warnings.map(({ rule, line }) => `${line} ${rule}`));
    expect([...new Set(kasane(each))].sort()).toEqual([...theirs].sort());
  });
});
