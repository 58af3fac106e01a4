import { describe, expect, test } from "bun:test";
import { aliases, commands } from "../catalogue.ts";
import buildah from "./buildah.ts";
import docker from "./docker.ts";
import { kasaneWords } from "./kasane-words.ts";
import podman from "./podman.ts";
import skopeo from "./skopeo.ts";
import type { ToolName } from "./tool.ts";

describe("kasaneWords()", () => {
  test.each<[ToolName, string, string]>([
    ["docker", "image ls -a", "images -a"],
    ["docker", "buildx build -t x .", "build -t x ."],
    ["docker", "buildx imagetools inspect x", "buildx imagetools inspect x"],
    ["docker", "-H tcp://host --log-level=debug -D run --rm x", "run --rm x"],
    ["docker", "", ""],
    ["docker", "--help", "--help"],
    ["docker", "help image ls", "help images"],
    ["docker", "image", "image"],
    ["docker", "buildx --help", "buildx --help"],
    ["podman", "--root /s image --help", "--root /s image --help"],
    ["podman", "--root /s --runroot /r images", "--root /s images"],
    ["podman", "--root=/s image mount x", "--root /s image mount x"],
    ["podman", "run x rm", "run x rm"],
    ["buildah", "run c -- rm x", "buildah run c -- rm x"],
    ["buildah", "rm -a", "buildah rm -a"],
    ["buildah", "ls", "containers"],
    ["docker", "container pause x", "pause x"],
    ["docker", "stats x", "stats x"],
    ["podman", "container update -m 1g x", "update -m 1g x"],
    ["buildah", "bud -t x .", "build -t x ."],
    ["buildah", "commit c x", "commit c x"],
    ["skopeo", "--insecure-policy inspect docker://x", "skopeo inspect docker://x"],
    ["skopeo", "--override-arch arm64 inspect docker://x", "skopeo inspect --override-arch=arm64 docker://x"],
  ])("%s %s", async (tool, given, expected) => {
    expect((await kasaneWords(tool, given.split(" ").filter(Boolean))).join(" ")).toBe(expected);
  });

  test.each<[ToolName, string, string]>([
    ["docker", "container checkpoint x", "'container checkpoint' is not a docker command"],
    ["docker", "config ls", "'docker config' is not in Kasane yet"],
    ["docker", "ls", "'ls' is not a docker command"],
    ["docker", "from x", "'from' is not a docker command"],
    ["docker", "image nothing", "'image nothing' is not a docker command"],
    ["docker", "--root x ps", "unknown flag of docker: --root"],
    ["podman", "--root", "flag needs an argument: --root"],
    ["skopeo", "copy a b", "'skopeo copy' is not in Kasane yet"],
    ["buildah", "serve", "'serve' is not a buildah command"],
  ])("%s %s fails", async (tool, given, message) => {
    expect(kasaneWords(tool, given.split(" "))).rejects.toThrow(message);
  });
});

test.each([docker, podman, buildah, skopeo])("every command of $name leads to one of Kasane", ({
  commands: table,
  missing,
}) => {
  for (const [words, command] of Object.entries(table)) {
    expect(Object.hasOwn(commands, aliases[command] ?? command)).toBe(true);
    expect(missing).not.toContain(words);
  }
});
