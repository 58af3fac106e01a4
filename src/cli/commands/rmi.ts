import { isKasaneError } from "../../lib/mod.ts";
import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { formatError } from "../error-output.ts";
import { humanSize } from "../units.ts";

export default {
  name: "rmi",
  summary: "Remove one or more images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
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
      help: "Remove all names of an ID, and images that containers use",
    },
    { name: "no-prune", type: "boolean", help: "Keep the bytes until the next prune" },
    { name: "dry-run", type: "boolean", help: "Only tell what would go, and what that would free" },
  ],
  arguments: { min: 1 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const local = await store();
    const dryRun = flags.boolean("dry-run") ? new (await import("../../store/mod.ts")).DryRun() : undefined;
    let failed = false;
    let freedBytes = 0;
    for (const name of flags.arguments) {
      try {
        const removed = await local.remove(name, {
          force: flags.boolean("force"),
          prune: !flags.boolean("no-prune"),
          ...(dryRun && { dryRun }),
        });
        for (const untagged of removed.untagged) {
          terminal.out(`Untagged: ${familiarReference(parseReference(untagged))}\n`);
        }
        freedBytes += removed.freedBytes;
        for (const digest of removed.deleted) terminal.out(`Deleted: ${digest}\n`);
      } catch (error) {
        if (flags.boolean("force") && isKasaneError(error, "not-found")) continue;
        terminal.err(formatError(error));
        failed = true;
      }
    }
    if (dryRun) terminal.out(`Would free: ${humanSize(freedBytes)}\n`);
    return failed ? 1 : 0;
  },
} satisfies Command;
