import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { isDigest } from "../../oci/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";

export default {
  name: "registry restore",
  summary: "Bring a deleted tag of a hosted repository back",
  usage: "[OPTIONS] REPOSITORY:TAG[@DIGEST]",
  description:
    "Points the tag to what it was before it was deleted or moved last, or to the digest that is given. What it points to now becomes one that can be brought back, for as long as --config says or else for a day. Which tags are immutable is known from --config alone.",
  examples: [
    { call: "registry restore team/app:v1", what: "as it was before" },
    { call: "registry deleted team/app", what: "what there is to bring back" },
  ],
  flags: [
    {
      name: "config",
      type: "string",
      value: "FILE",
      help: "Take immutable tags, and how long tags can be brought back, from a server's configuration",
    },
    { name: "force", short: "f", type: "boolean", help: "Move the tag although it is immutable" },
  ],
  arguments: { min: 1, max: 1 },
  async run(context) {
    const { flags, terminal, store } = context;
    const [name = ""] = flags.arguments;
    const [, repository, tag, digest] = /^([^@:]+):([^@:]+)(?:@(.+))?$/.exec(name) ?? [];
    if (repository === undefined || tag === undefined) {
      throw usage(`${JSON.stringify(name)} is not REPOSITORY:TAG`, "registry restore");
    }
    if (digest !== undefined && !isDigest(digest))
      throw usage(`${digest} is not a digest`, "registry restore");
    const { undoMs, isImmutable } = await rulesOf(context, repository);
    const { repositories } = (await store()).meta;
    const change = { undoMs, ...(!flags.boolean("force") && { isImmutable }) };
    const restored = await repositories
      .restoreTag(repository, tag, { ...change, ...(digest !== undefined && { digest }) })
      .catch((error) => {
        if (!isKasaneError(error, "denied")) throw error;
        throw new KasaneError("denied", `${repository}:${tag} is immutable, and points elsewhere now`, {
          cause: error,
          hint: "--force moves it all the same",
        });
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

/** How long the tag that gives way can be brought back in turn, where no configuration says it. */
const defaultUndoMs = 24 * 60 * 60 * 1000;

async function rulesOf(
  { flags, env }: CommandContext,
  repository: string,
): Promise<{ undoMs: number; isImmutable: (tag: string) => boolean }> {
  const path = flags.string("config");
  if (path === undefined) return { undoMs: defaultUndoMs, isImmutable: () => false };
  const [{ loadServerConfig }, { immutableTags }] = await Promise.all([
    import("../../server/mod.ts"),
    import("../../retention/mod.ts"),
  ]);
  const { config } = await loadServerConfig({ path, env });
  const isImmutable = immutableTags(config.rules.immutable);
  return { undoMs: config.garbage.undoMs, isImmutable: (tag) => isImmutable(repository, tag) };
}
