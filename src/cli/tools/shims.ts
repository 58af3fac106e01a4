import { existsSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { didYouMean, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { tell } from "../messages/tell.ts";
import { toolNames } from "./tool.ts";

export default {
  name: "shims",
  summary: "Make links named docker, podman, buildah and skopeo to Kasane",
  usage: "[OPTIONS] DIRECTORY [NAME...]",
  description:
    "Called by such a name, Kasane reads the command line as that program does. With DIRECTORY at the front of PATH, scripts use Kasane without being changed.",
  examples: [
    { call: "shims ~/.local/share/kasane/bin", what: "all four" },
    { call: "shims ./bin buildah", what: "one of them" },
  ],
  flags: [
    {
      name: "force",
      short: "f",
      type: "boolean",
      help: "Replace files of these names that are no links to Kasane",
    },
  ],
  arguments: { min: 1 },
  async run({ flags, terminal }) {
    const [directory, ...names] = flags.arguments as [string, ...string[]];
    const wrong = names.find((name) => !toolNames.some((known) => known === name));
    if (wrong !== undefined) {
      throw new KasaneError("usage", `there is no grammar of ${JSON.stringify(wrong)}`, {
        hint: didYouMean(wrong, toolNames) ?? `it can be ${toolNames.join(", ")}`,
      });
    }
    const target = ownLauncher();
    mkdirSync(directory, { recursive: true });
    for (const name of names.length > 0 ? names : toolNames) {
      const link = join(directory, name);
      checkPlace(link, target, flags.boolean("force"));
      // In one step, so that the name is never missing for whoever calls it meanwhile.
      const aside = `${link}.${process.pid}`;
      rmSync(aside, { force: true });
      symlinkSync(target, aside);
      renameSync(aside, link);
      terminal.out(`${link}\n`);
    }
    if (!(process.env.PATH ?? "").split(":").includes(resolve(directory))) {
      tell(terminal, `To use them first: export PATH="${resolve(directory)}:$PATH"`);
    }
    return 0;
  },
} satisfies Command;

/** What is to be called by another name: the executable, or the script that starts a checkout. */
function ownLauncher(): string {
  const script = resolve(import.meta.dir, "../../../bin/kasane");
  return existsSync(script) ? script : process.execPath;
}

/** @throws KasaneError `conflict` where something else than a link to Kasane has the name */
function checkPlace(link: string, target: string, isForced: boolean): void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there === undefined || (there.isSymbolicLink() && readlinkSync(link) === target)) return;
  if (isForced && !there.isDirectory()) return;
  throw new KasaneError("conflict", `${link} is there already, and is no link to Kasane`, {
    hint: "choose another directory, or replace it with --force",
  });
}
