import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import type { ParsedFlags } from "../flags.ts";
import { newImageName } from "../images/new-image-name.ts";
import { commitWorkingFlags } from "../working/commit-flags.ts";

export default {
  name: "commit",
  summary: "Make an image from a container's changes",
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  description:
    "Of a working container (made by 'from') it is buildah's commit: the image gets what 'config' was told, and may go to docker://NAME, docker-archive:FILE[:NAME], oci-archive:FILE, oci:DIR[:REF] or dir:DIR as well.",
  examples: [
    { call: "commit my-container my-app:snapshot", what: "what the container changed becomes a layer" },
    {
      call: "commit -c 'CMD [\"server\"]' -m 'with tools' my-container my-app",
      what: "with another command and a comment",
    },
    {
      call: "commit --rm --squash debian-working-container my-app:v1",
      what: "a working container, as one layer",
    },
  ],
  flags: [
    { name: "author", short: "a", type: "string", value: "NAME", help: "Author of the image" },
    {
      name: "change",
      short: "c",
      type: "strings",
      value: "INSTRUCTION",
      help: "A Dockerfile instruction for its configuration",
    },
    { name: "message", short: "m", type: "string", value: "TEXT", help: "Comment in the history" },
    { name: "pause", short: "p", type: "boolean", help: "Stop the container meanwhile (default true)" },
    { name: "no-pause", type: "boolean", help: "Let it go on meanwhile" },
    ...commitWorkingFlags,
  ],
  arguments: { min: 1, max: 2 },
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags, terminal, store } = context;
    const [{ commitContainer, getContainer, isWorking }, { applyChanges }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../build/mod.ts"),
    ]);
    const local = await store();
    const [name, target] = flags.arguments as [string, string | undefined];
    const container = await getContainer(local, name);
    if (isWorking(container)) {
      const { commitWorkingCommand } = await import("../working/commit-working-command.ts");
      return commitWorkingCommand(context, local, container, target);
    }
    refuseWorkings(flags);
    const names = target === undefined ? [] : [newImageName(target)];
    const message = flags.string("message");
    const author = flags.string("author");
    const id = await commitContainer(local, container, {
      names,
      change: (config) => applyChanges(config, flags.strings("change")),
      pause: flags.boolean("no-pause") ? false : (flags.maybeBoolean("pause") ?? true),
      ...(message !== undefined && { message }),
      ...(author !== undefined && { author }),
    });
    const idFile = flags.string("iidfile");
    if (idFile !== undefined) {
      const { writeFileAtomically } = await import("../write-file.ts");
      await writeFileAtomically(idFile, [new TextEncoder().encode(id)]);
    }
    terminal.out(`${id}\n`);
    return 0;
  },
} satisfies Command;

const workingOnly = [
  "squash",
  "rm",
  "omit-history",
  "disable-compression",
  "format",
  "timestamp",
  "unsetenv",
];

/** @throws KasaneError `usage` for what can be said of working containers only */
function refuseWorkings(flags: ParsedFlags): void {
  const isGiven = (name: string) =>
    flags.boolean(name) || flags.string(name) !== undefined || flags.strings(name).length > 0;
  const flag = workingOnly.find(isGiven);
  if (flag === undefined) return;
  throw new KasaneError("usage", `--${flag} is for working containers, which 'from' makes`, {
    hint: "leave it out",
    data: { exitCode: 125 },
  });
}
