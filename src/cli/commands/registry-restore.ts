import { KasaneError } from "../../lib/mod.ts";
import { isDigest } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { usage } from "../flags.ts";

export default {
  name: "registry restore",
  summary: "Bring a deleted tag of a hosted repository back",
  usage: "REPOSITORY:TAG[@DIGEST]",
  description:
    "Points the tag to what it was before it was deleted or moved last, or to the digest that is given. What it points to now becomes one that can be brought back.",
  examples: [
    { call: "registry restore team/app:v1", what: "as it was before" },
    { call: "registry deleted team/app", what: "what there is to bring back" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, store }) {
    const [name = ""] = flags.arguments;
    const [, repository, tag, digest] = /^([^@:]+):([^@:]+)(?:@(.+))?$/.exec(name) ?? [];
    if (repository === undefined || tag === undefined) {
      throw usage(`${JSON.stringify(name)} is not REPOSITORY:TAG`, "registry restore");
    }
    if (digest !== undefined && !isDigest(digest))
      throw usage(`${digest} is not a digest`, "registry restore");
    const { repositories } = (await store()).meta;
    const restored = await repositories.restoreTag(repository, tag, {
      undoMs: undoMs,
      ...(digest !== undefined && { digest }),
    });
    if (restored === undefined) {
      throw new KasaneError("not-found", `cannot bring ${name} back: nothing of it is kept any more`, {
        hint: `kasane registry deleted ${repository} lists what can be brought back`,
      });
    }
    terminal.out(`${repository}:${tag} is ${restored.digest} again\n`);
    return 0;
  },
} satisfies Command;

/** How long the tag that gives way can be brought back in turn. */
const undoMs = 24 * 60 * 60 * 1000;
