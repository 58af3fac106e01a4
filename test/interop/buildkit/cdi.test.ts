/** RUN --device gives and refuses what BuildKit gives and refuses. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finished } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { type BuilderPair, builderPair, hasNoBuildkit } from "./builder-pair.ts";

setDefaultTimeout(60_000);

const yaml = `
cdiVersion: "0.6.0"
kind: vendor.example/thing
containerEdits:
  env: [COMMON=1]
devices:
- name: one
  annotations: {org.mobyproject.buildkit.device.class: vendor.example/thing=pair}
  containerEdits:
    env: [ONE=1, PATH=/bin]
    deviceNodes:
    - {path: /dev/thing, hostPath: /dev/full}
    - {path: /dev/mine, hostPath: /dev/zero, fileMode: 416, uid: 7, gid: 8}
    - {path: /dev/made, type: c, major: 1, minor: 3}
    mounts:
    - {hostPath: DIRECTORY/given, containerPath: /opt/given, options: [ro, nosuid, nodev, noexec, bind]}
- name: two
  annotations: {org.mobyproject.buildkit.device.class: vendor.example/thing=pair}
  containerEdits: {env: [TWO=1, ONE=2]}
- name: three
  annotations: {org.mobyproject.buildkit.device.class: word, org.mobyproject.buildkit.device.autoallow: "true"}
  containerEdits: {env: [THREE=1]}
`;

const show = `env | grep -E "^(COMMON|ONE|TWO|THREE|PATH)=" | sort
for node in /dev/thing /dev/mine /dev/made; do test -e $node && stat -c "%n %a %u %g %t:%T" $node; done
test -e /opt/given && cat /opt/given; grep -o " /opt/given ro,[a-z,]*" /proc/self/mountinfo; true`;

describe.skipIf(hasNoBuildkit)("RUN --device, as BuildKit", () => {
  let directory: Scratch;
  let pair: BuilderPair;
  beforeAll(async () => {
    directory = await scratch("cdi");
    const specs = join(directory.path, "specs");
    mkdirSync(specs);
    writeFileSync(join(directory.path, "given"), "given\n");
    writeFileSync(join(specs, "thing.yaml"), yaml.replaceAll("DIRECTORY", directory.path));
    pair = await builderPair("cdi-build", { cdiSpecDirs: [specs] });
  });
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  const build = (device: string, allow: readonly string[]) =>
    pair.build(`FROM base\nRUN --device=${device} <<end\n${show}\nend\n`, {
      all: ["--progress=plain", "--no-cache", ...allow.flatMap((each) => ["--allow", each])],
      ours: ["--cdi-spec-dir", join(directory.path, "specs")],
    });
  const output = ({ err }: Finished) => [...err.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map((match) => match[1]);

  test.each([
    ["vendor.example/thing=one", ["device"]],
    ["vendor.example/thing=one,required", ["device=vendor.example/thing=one"]],
    ["vendor.example/thing", ["device"]],
    ["vendor.example/thing=pair", ["device"]],
    ["vendor.example/thing=pair", ["device=vendor.example/thing=pair"]],
    [
      "vendor.example/thing=pair,required",
      ["device=vendor.example/thing=one", "device=vendor.example/thing=two"],
    ],
    ["vendor.example/thing=*", ["device"]],
    ["name=vendor.example/thing=three,required=true", []],
    ["gpu", ["device=vendor.example/thing=two,alias=gpu"]],
    ["word", []],
    ["vendor.example/none=one", ["device"]],
    ["nonsense", ["device"]],
  ])("--device=%s with --allow %j", async (device, allow) => {
    const { ours, theirs } = await build(device, allow);
    expect(theirs.code, theirs.err).toBe(0);
    expect(ours.code, ours.err).toBe(0);
    expect(output(ours)).toEqual(output(theirs));
  });

  test.each([
    ["vendor.example/thing=one", [], "not allowed"],
    ["vendor.example/thing=one", ["device=vendor.example/thing=two"], "not allowed"],
    ["vendor.example/thing=*", ["device=vendor.example/thing=two"], "not allowed"],
    ["vendor.example/none=one,required", ["device"], "required device"],
    ["vendor.example/thing=one,wanted=1", ["device"], "wanted"],
    ["vendor.example/thing=one", ["device=vendor.example/thing=one,mode=1"], "key"],
  ])("both refuse --device=%s with --allow %j", async (device, allow, reason) => {
    const { ours, theirs } = await build(device, allow);
    for (const { code, err } of [ours, theirs]) {
      expect(code).not.toBe(0);
      expect(err).toContain(reason);
    }
  });
});
