import type { ImmutableRule, RetentionRule, TagDecision } from "../../retention/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { tell } from "../messages/tell.ts";
import { hasRule, retentionFlags, retentionRule } from "../registries/retention-flags.ts";
import { humanAgo } from "../text/units.ts";

interface GoingTag {
  readonly repository: string;
  readonly decision: TagDecision;
}

export default {
  name: "registry retention",
  summary: "Remove the tags of hosted repositories that no rule keeps",
  usage: "[OPTIONS]",
  description:
    "Shows what would go and asks before it goes. Reasons to keep add up: a tag stays when one of them names it. Which tags are immutable is known from --config alone. What goes can be brought back with `kasane registry restore`.",
  examples: [
    {
      call: "registry retention --repository 'team/**' --keep-last 10 --keep-semver 3 --dry-run",
      what: "what ten latest tags and three version lines would leave",
    },
    { call: "registry retention --config config.yml --force", what: "the rules of a server, without asking" },
  ],
  flags: [
    {
      name: "config",
      type: "string",
      value: "FILE",
      help: "Take immutable tags from a server's configuration, and its rules where no flag gives one",
    },
    ...retentionFlags,
    { name: "dry-run", type: "boolean", help: "Only show what would go" },
    { name: "force", short: "f", type: "boolean", help: "Do not ask" },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  async run(context) {
    const { flags, terminal, store, signal } = context;
    const { applyRetention, immutableTags } = await import("../../retention/mod.ts");
    const { rules, immutable, undoMs } = await chosenRules(context);
    const { meta } = await store();
    const options = { rules, isImmutable: immutableTags(immutable), undoMs, signal };

    const going: GoingTag[] = [];
    const onDecision = (repository: string, decision: TagDecision) => {
      if (!decision.isKept) going.push({ repository, decision });
    };
    const found = await applyRetention(meta, { ...options, isDryRun: true, onDecision });
    if (going.length > 0) {
      writeRows(terminal, going, goingTagFormat(Date.now()), { format: flags.string("format") });
    }
    const summary = `${found.removed} of ${found.removed + found.kept} tags in ${found.repositories} repositories`;
    if (flags.boolean("dry-run") || going.length === 0) {
      tell(terminal, `${summary} would go`);
      return 0;
    }
    const warning = `WARNING! This will remove ${summary}.`;
    if (!flags.boolean("force") && !(await confirm({ terminal, signal }, warning))) return 0;
    const done = await applyRetention(meta, { ...options, isDryRun: false });
    tell(terminal, `${done.removed} tags are gone; kasane registry deleted lists what can be brought back`);
    return 0;
  },
} satisfies Command;

const defaultUndoMs = 24 * 60 * 60 * 1000;

async function chosenRules({ flags, env }: CommandContext): Promise<{
  rules: readonly RetentionRule[];
  immutable: readonly ImmutableRule[];
  undoMs: number;
}> {
  const path = flags.string("config");
  if (path === undefined) {
    return { rules: [retentionRule(flags, "registry retention")], immutable: [], undoMs: defaultUndoMs };
  }
  const { loadServerConfig } = await import("../../server/mod.ts");
  const { config } = await loadServerConfig({ path, env });
  // Another rule may be tried without forgetting which tags are immutable.
  const rules = hasRule(flags) ? [retentionRule(flags, "registry retention")] : config.retention.rules;
  return { rules, immutable: config.rules.immutable, undoMs: config.garbage.undoMs };
}

function goingTagFormat(nowMs: number): RowFormat<GoingTag> {
  return {
    typeName: "*registry.goingTag",
    table: "{{.Repository}}\t{{.Tag}}\t{{.Pushed}}\t{{.Pulled}}\t{{.Reason}}",
    fields: {
      repository: { value: ({ repository }) => repository },
      tag: { value: ({ decision }) => decision.tag.tag },
      digest: { value: ({ decision }) => decision.tag.digest },
      pushedAt: { value: ({ decision }) => new Date(decision.tag.taggedAtMs).toISOString() },
      reason: { value: ({ decision }) => decision.reason },
      Repository: { header: "REPOSITORY", isForTables: true, value: ({ repository }) => repository },
      Tag: { header: "TAG", isForTables: true, value: ({ decision }) => decision.tag.tag },
      Pushed: {
        header: "PUSHED",
        isForTables: true,
        value: ({ decision }) => humanAgo(decision.tag.taggedAtMs, nowMs),
      },
      Pulled: {
        header: "PULLED",
        isForTables: true,
        value: ({ decision: { tag } }) =>
          tag.pulledAtMs === undefined ? "never" : humanAgo(tag.pulledAtMs, nowMs),
      },
      Reason: { header: "REASON", isForTables: true, value: ({ decision }) => decision.reason },
    },
  };
}
