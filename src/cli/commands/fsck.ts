import type { Finding, FsckReport } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { jobsOf } from "../jobs-flag.ts";
import { progressLine } from "../progress-line.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

export default {
  name: "fsck",
  summary: "Check the store, and repair it",
  usage: "[OPTIONS]",
  description:
    "Reads every blob and compares it with its digest, and every row with what is there. It may run beside a server and anything else. With --repair damaged bytes are moved to the store's directory damaged, and what refers to them is named, so that it can be pushed or pulled again. Exits with 1 while problems are left.",
  examples: [
    { call: "fsck", what: "read everything, change nothing" },
    { call: "--root /var/lib/registry fsck --quick", what: "sizes and rows only" },
    { call: "fsck --repair", what: "put right what can be" },
  ],
  flags: [
    { name: "quick", type: "boolean", help: "Compare sizes, and read no blob" },
    { name: "repair", type: "boolean", help: "Repair, and move damaged bytes aside" },
    { name: "jobs", type: "number", value: "N", help: "Blobs read side by side (default 4)" },
    objectFormatFlag,
    { name: "quiet", short: "q", type: "boolean", help: "Only what was found" },
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: (flags) => !flags.boolean("repair"),
  async run({ flags, terminal, store, signal }) {
    const jobs = jobsOf(flags, "fsck");
    const format = flags.string("format");
    checkObjectFormat(format);
    const isQuiet = format !== undefined || flags.boolean("quiet");
    const { fsckStore, openProblems } = await import("../../store/mod.ts");
    const line = progressLine(terminal, { quiet: isQuiet });
    const report = await fsckStore(await store(), {
      quick: flags.boolean("quick"),
      repair: flags.boolean("repair"),
      jobs,
      signal,
      onProgress: ({ step, report: { checked } }) =>
        line.show(
          () =>
            `checking ${step}: ${checked.manifests} manifests, ${checked.blobs} blobs, ${humanSize(checked.bytes)} read`,
        ),
      onFinding: (finding) => {
        line.clear();
        if (format === undefined) print(terminal, finding);
      },
    });
    line.clear();
    if (format) terminal.out(`${formatObject(format, report, "store.FsckReport")}\n`);
    else if (!isQuiet || report.problems > 0) terminal.out(summary(report, openProblems(report)));
    return openProblems(report) > 0 ? 1 : 0;
  },
} satisfies Command;

function print(terminal: Terminal, finding: Finding): void {
  const { kind, what, reason, users, repaired } = finding;
  terminal.out(`${kind} ${what}: ${reason}${repaired ? ` (${repaired})` : ""}\n`);
  for (const { repository, tags } of users?.repositories ?? []) {
    terminal.out(`  repository ${repository}${tags.length > 0 ? `: ${tags.join(", ")}` : " (no tag)"}\n`);
  }
  for (const image of users?.images ?? []) terminal.out(`  image ${image}\n`);
}

function summary(report: FsckReport, open: number): string {
  const { checked, problems, leftovers, sparseManifests } = report;
  const read = report.isQuick ? "" : `, ${humanSize(checked.bytes)} read`;
  const lines = [`checked ${checked.manifests} manifests and ${checked.blobs} blobs${read}`];
  if (sparseManifests > 0) {
    lines.push(`${sparseManifests} manifests name blobs that are not here, as a registry may have them`);
  }
  if (leftovers > 0) {
    lines.push(
      `${leftovers} leftovers ${report.isRepair ? "removed" : "take room: --repair removes them, and so does a prune"}`,
    );
  }
  if (problems === 0) lines.push("no problems");
  else if (open === 0) lines.push(`${problems} problems, all repaired`);
  else if (report.isRepair) lines.push(`${problems} problems, ${open} of them not repaired`);
  else lines.push(`${problems} problems: --repair puts right what can be`);
  return `${lines.join("\n")}\n`;
}
