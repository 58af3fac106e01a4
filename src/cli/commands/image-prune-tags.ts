import type { RetainedName } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type RowFormat, writeRows } from "../format/row-format.ts";
import { tell } from "../messages/tell.ts";
import { retentionRule } from "../registries/retention-flags.ts";
import { tellImages, tellReclaimed } from "../space/prune-report.ts";
import { humanAgo, humanSize } from "../text/units.ts";

/** `image prune --keep …`: what would go and what would stay, with reasons and figures; then, where it is wanted, it goes. */
export async function pruneTags({ flags, terminal, store, signal }: CommandContext): Promise<number> {
  const rule = retentionRule(flags, "image prune");
  const patterns = [...flags.strings("repository"), ...flags.arguments];
  const repositories = patterns.length > 0 ? patterns : rule.repositories;
  const local = await store();
  const names = await local.retain({ rules: [{ ...rule, repositories }] });
  const going = names.filter(({ isKept }) => !isKept);
  writeRows(terminal, names, retainedFormat(), { format: flags.string("format") });
  const freedBytes = going.reduce((sum, each) => sum + each.freedBytes, 0);
  if (names.length === 0 && patterns.length > 0)
    tell(
      terminal,
      `there is no repository like ${patterns.join(", ")}: 'kasane images' lists those there are`,
    );
  const summary = `${going.length} of ${names.length} tags`;
  if (flags.boolean("dry-run") || going.length === 0) {
    tell(terminal, `${summary} would go, which frees ${humanSize(freedBytes)}`);
    return 0;
  }
  const warning = `WARNING! This will remove ${summary}, which frees ${humanSize(freedBytes)}.`;
  if (!flags.boolean("force") && !(await confirm({ terminal, signal }, warning))) return 0;
  const report = await local.takeNames(going.map(({ name }) => name));
  tellImages(terminal, report);
  tellReclaimed(terminal, report.freedBytes);
  return 0;
}

function retainedFormat(): RowFormat<RetainedName> {
  const nowMs = Date.now();
  return {
    typeName: "*formatter.retainedContext",
    table: "{{.Repository}}\\t{{.Tag}}\\t{{.TaggedSince}}\\t{{.Decision}}\\t{{.Frees}}\\t{{.Reason}}",
    fields: {
      Repository: { header: "REPOSITORY", value: ({ repository }) => repository },
      Tag: { header: "TAG", value: ({ tag }) => tag },
      TaggedAt: { header: "TAGGED AT", value: ({ taggedAtMs }) => new Date(taggedAtMs).toISOString() },
      TaggedSince: { header: "TAGGED", value: ({ taggedAtMs }) => humanAgo(taggedAtMs, nowMs) },
      Decision: { header: "DECISION", value: ({ isKept }) => (isKept ? "keep" : "remove") },
      Frees: { header: "FREES", value: ({ isKept, freedBytes }) => (isKept ? "" : humanSize(freedBytes)) },
      FreedBytes: { header: "FREED BYTES", value: ({ freedBytes }) => freedBytes },
      Reason: { header: "REASON", value: ({ reason }) => reason },
    },
  };
}
