import { parseDuration } from "../../lib/mod.ts";
import type { CollectOptions, Review, Verdict } from "../../meta/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { tell } from "../messages/tell.ts";
import type { Terminal } from "../terminal.ts";
import { ellipsis } from "../text/ellipsis.ts";
import { humanSize } from "../text/units.ts";

const defaultGraceMs = 24 * 60 * 60 * 1000;
/** Verdicts in one reading: it holds up nobody who writes. */
const pageSize = 100_000;

export default {
  name: "gc",
  summary: "Remove what nothing in the store refers to any more",
  usage: "[OPTIONS]",
  description:
    "Looks only at what may have become garbage, and works beside a running server and while images are pushed, pulled and deleted. What was pushed, looked for or deleted within the grace time stays: a client may be about to push a manifest that names it. Choose it longer than the longest push takes. Deleted tags that can still be restored keep their images.",
  examples: [
    { call: "gc --dry-run", what: "what would go now, and what stays, with the reason" },
    { call: "gc --dry-run --all", what: "the same for every blob of the store" },
    { call: "gc --grace 1h", what: "remove what has been unused for an hour" },
    {
      call: "gc --untagged 7d",
      what: "also manifests that have had no tag for a week, unless an index or a subject keeps them",
    },
    {
      call: "--root /var/lib/registry gc --dry-run --format json",
      what: "one JSON object for each decision about another store",
    },
  ],
  flags: [
    { name: "dry-run", type: "boolean", help: "Only show what would go, and why" },
    {
      name: "all",
      short: "a",
      type: "boolean",
      help: "With --dry-run: also what is not in question or not due",
    },
    {
      name: "grace",
      type: "string",
      value: "DURATION",
      help: "What was unused for so long goes (default 24h)",
    },
    {
      name: "untagged",
      type: "string",
      value: "DURATION",
      help: "Manifests that had no tag for so long go (default: they stay)",
    },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: (flags) => flags.boolean("dry-run"),
  async run({ flags, terminal, store, signal }) {
    if (flags.boolean("all") && !flags.boolean("dry-run")) throw usage("--all goes with --dry-run", "gc");
    const format = flags.string("format");
    const isTable = format === undefined || format.startsWith("table");
    if (!isTable) checkObjectFormat(format);
    const patience = patienceOf(flags);
    const local = await store();
    if (flags.boolean("dry-run")) {
      await explain({ local, terminal, patience, format, isTable, everything: flags.boolean("all") });
      return 0;
    }
    const { collectGarbage } = await import("../../store/mod.ts");
    const { diffIds: _, ...report } = await collectGarbage(local, { ...patience, signal });
    if (!isTable) terminal.out(`${formatObject(format, report, "store.GarbageReport")}\n`);
    else {
      const { blobs, links, manifests, freedBytes } = report;
      terminal.out(`Removed ${blobs} blobs, ${manifests} untagged manifests and ${links} links\n`);
      terminal.out(`Total reclaimed space: ${humanSize(freedBytes)}\n`);
    }
    return signal.aborted ? 130 : 0;
  },
} satisfies Command;

type Patience = Omit<CollectOptions, "limit">;

function patienceOf(flags: ParsedFlags): Patience {
  const [grace, untagged] = [flags.string("grace"), flags.string("untagged")];
  return {
    graceMs: grace === undefined ? defaultGraceMs : parseDuration(grace),
    ...(untagged !== undefined && { untaggedAfterMs: parseDuration(untagged) }),
  };
}

async function explain(asked: {
  local: LocalStore;
  terminal: Terminal;
  patience: Patience;
  format: string | undefined;
  isTable: boolean;
  everything: boolean;
}): Promise<void> {
  const { local, terminal, patience, format, isTable, everything } = asked;
  // A table is as wide as its widest row; anything else is printed as it comes.
  let rows: Decision[] = [];
  const total = { blobs: 0, bytes: 0 };
  for (let after: Review | undefined; ; ) {
    const page = await local.meta.reviews.explain({
      ...patience,
      limit: pageSize,
      everything,
      ...(after && { after }),
    });
    for (const verdict of page.verdicts) {
      const sizeBytes = await sizeOf(local, verdict);
      if (verdict.decision === "remove" && verdict.review.kind === "object") {
        total.blobs++;
        total.bytes += sizeBytes;
      }
      rows.push({ verdict, sizeBytes });
    }
    if (!isTable) {
      writeRows(terminal, rows, decisionFormat, { format });
      rows = [];
    }
    if (page.next === undefined) break;
    after = page.next;
  }
  if (!isTable) return;
  if (rows.length > 0) writeRows(terminal, rows, decisionFormat, { format });
  tell(terminal, `${total.blobs} blobs would go, ${humanSize(total.bytes)}`);
}

/** Bytes on the disk: only those are freed. A manifest of a hosted repository is in the database alone. */
async function sizeOf({ blobs }: LocalStore, { review, sizeBytes }: Verdict): Promise<number> {
  if (review.kind !== "object") return sizeBytes;
  return (await blobs.stat(review.digest))?.sizeBytes ?? sizeBytes;
}

interface Decision {
  readonly verdict: Verdict;
  readonly sizeBytes: number;
}

const decisionFormat: RowFormat<Decision> = {
  typeName: "*store.decision",
  table: "{{.Name}}\t{{.Size}}\t{{.Where}}\t{{.Decision}}\t{{.Why}}",
  fields: {
    digest: { value: ({ verdict }) => verdict.review.digest },
    sizeBytes: { value: ({ sizeBytes }) => sizeBytes },
    kind: { value: ({ verdict }) => verdict.review.kind },
    repository: { value: ({ verdict }) => verdict.review.repository },
    decision: { value: ({ verdict }) => verdict.decision },
    reason: { value: ({ verdict }) => verdict.reason },
    reviewAfter: {
      value: ({ verdict: { review } }) =>
        Number.isFinite(review.reviewAfterMs) ? new Date(review.reviewAfterMs).toISOString() : undefined,
    },
    Name: {
      header: "DIGEST",
      isForTables: true,
      value: ({ verdict: { review } }) =>
        review.digest === "" ? review.repository : ellipsis(review.digest, 20),
    },
    Size: {
      header: "SIZE",
      isForTables: true,
      value: ({ verdict, sizeBytes }) => (verdict.review.kind === "repository" ? "" : humanSize(sizeBytes)),
    },
    Where: {
      header: "KIND",
      isForTables: true,
      value: ({ verdict: { review } }) =>
        review.kind === "link" || review.kind === "manifest"
          ? `${review.kind} in ${review.repository}`
          : review.kind,
    },
    Decision: { header: "DECISION", isForTables: true, value: ({ verdict }) => verdict.decision },
    Why: {
      header: "REASON",
      isForTables: true,
      value: ({ verdict }) =>
        verdict.reason.replaceAll(/sha\d+:[0-9a-f]{64,}/g, (named) => ellipsis(named, 20)),
    },
  },
};
