import { isKasaneError } from "../../lib/mod.ts";
import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { formatError } from "../text/error-output.ts";
import { humanSize } from "../text/units.ts";

export default {
  name: "rmi",
  summary: "Remove one or more images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description: `A name is taken from its image; the last name takes the image along. An ID takes the image with its name, and
with --force all its names. What goes is told line by line: names, image IDs, and layers by their chain IDs.`,
  examples: [
    { call: "rmi nginx:alpine", what: "one name; the image goes with its last name" },
    { call: "rmi -f 4f06ac3d", what: "an image by ID with all its names" },
    { call: "rmi --dry-run app:1 app:2", what: "what removing both would delete and free" },
  ],
  flags: [
    {
      name: "force",
      short: "f",
      type: "boolean",
      help: "Remove all names of an ID, and images that containers use; what is not there is no failure",
    },
    {
      name: "no-prune",
      type: "boolean",
      help: "Keep untagged parents (Kasane has none: an image is whole by itself)",
    },
    { name: "dry-run", type: "boolean", help: "Only tell what would go, and what that would free" },
  ],
  arguments: { min: 1 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const local = await store();
    const force = flags.boolean("force");
    const dryRun = flags.boolean("dry-run") ? new (await import("../../store/mod.ts")).DryRun() : undefined;
    const errors: unknown[] = [];
    let freedBytes = 0;
    for (const name of flags.arguments) {
      try {
        const removed = await local.remove(name, { force, ...(dryRun && { dryRun }) });
        const untagged = removed.untagged.map((each) => familiarReference(parseReference(each)));
        const lines = [...untagged.map((each) => `Untagged: ${each}\n`), ...removed.deleted.map(deletedLine)];
        terminal.out(lines.join(""));
        freedBytes += removed.freedBytes;
      } catch (error) {
        errors.push(error);
      }
    }
    if (dryRun) terminal.out(`Would free: ${humanSize(freedBytes)}\n`);
    for (const error of errors) terminal.err(formatError(error));
    const failures = force ? errors.filter((error) => !isKasaneError(error, "not-found")) : errors;
    return failures.length > 0 ? 1 : 0;
  },
} satisfies Command;

function deletedLine(digest: string): string {
  return `Deleted: ${digest}\n`;
}
