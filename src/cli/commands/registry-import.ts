import type { ImportReport } from "../../sync/mod.ts";
import type { Command } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { jobsOf } from "../jobs-flag.ts";
import { say } from "../messages/say.ts";
import { tell } from "../messages/tell.ts";
import { progressLine } from "../progress-line.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

export default {
  name: "registry import",
  summary: "Take over the store of another registry",
  usage: "[OPTIONS] DIRECTORY",
  description:
    "Reads the data directory of registry:2 and registry:3, zot and olareg, and OCI image layouts. Bytes are linked, not moved; the directory is left as it is. It works beside a kasane serve on the same store, and a second run brings what is missing.",
  examples: [
    {
      call: "--root /var/lib/registry registry import /var/lib/registry",
      what: "in place: the new store lies beside docker/registry/v2",
    },
    {
      call: "registry import --dry-run --repository 'team/**' /srv/zot",
      what: "what would come of some repositories",
    },
  ],
  flags: [
    {
      name: "type",
      type: "string",
      value: "distribution|layout",
      oneOf: ["distribution", "layout"],
      help: "What the directory is (default: found out from what lies there)",
    },
    {
      name: "repository",
      type: "strings",
      value: "PATTERN",
      help: "Only repositories of this name: * within a segment, ** across slashes, {a,b}",
    },
    { name: "name", type: "string", value: "NAME", help: "Repository that a single layout becomes" },
    { name: "overwrite", type: "boolean", help: "Move tags that point elsewhere here (default: they stay)" },
    { name: "jobs", type: "number", value: "N", help: "Files taken over side by side (default 4)" },
    { name: "dry-run", type: "boolean", help: "Count, and change nothing" },
    objectFormatFlag,
    { name: "quiet", short: "q", type: "boolean", help: "Only problems and the summary" },
  ],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, store, signal }) {
    const type = flags.string("type") as "distribution" | "layout" | undefined;
    const jobs = jobsOf(flags, "registry import");
    const format = flags.string("format");
    checkObjectFormat(format);
    const [{ importRegistry, openSource }, { namePattern }] = await Promise.all([
      import("../../sync/mod.ts"),
      import("../../oci/mod.ts"),
    ]);
    const directory = flags.arguments[0]!;
    const name = flags.string("name");
    const source = await openSource(directory, { ...(type && { type }), ...(name && { name }) });
    const patterns = flags.strings("repository").map(namePattern);
    const isQuiet = format !== undefined || flags.boolean("quiet");
    const isDryRun = flags.boolean("dry-run");
    const line = progressLine(terminal, { quiet: isQuiet });
    const report = await importRegistry(await store(), source, {
      isDryRun,
      overwritesTags: flags.boolean("overwrite"),
      jobs,
      signal,
      ...(patterns.length > 0 && {
        wants: (repository: string) => patterns.some((matches) => matches(repository)),
      }),
      onProgress: ({ repository, hashedBytes }) =>
        line.show(() => say(`${repository}: ${humanSize(hashedBytes)} checked`)),
      onProblem: ({ repository, what, reason }) => {
        line.clear();
        terminal.err(`${repository}: ${say(what)}: ${say(reason)}\n`);
      },
      onRepository: (repository, { manifests, tags, blobs, bytes }) => {
        line.clear();
        if (isQuiet || manifests + tags + blobs === 0) return;
        terminal.out(
          `${repository}: ${manifests} manifests, ${tags} tags, ${blobs} blobs (${humanSize(bytes)})\n`,
        );
      },
    });
    line.clear();
    if (format) terminal.out(`${formatObject(format, report, "sync.ImportReport")}\n`);
    else summarize(terminal, report, directory);
    return report.problemCount > 0 ? 1 : 0;
  },
} satisfies Command;

function summarize(terminal: Terminal, report: ImportReport, directory: string): void {
  const { manifests, tags, blobs, keptTags, linkedBytes, copiedBytes, problemCount } = report;
  const added = manifests.added + tags.added + blobs.added;
  const present = `${manifests.present} manifests and ${tags.present} tags`;
  if (added === 0) {
    terminal.out(
      `nothing to do: ${report.repositories} repositories of ${directory} with ${present} are here\n`,
    );
  } else {
    const did = report.isDryRun ? "would import" : "imported";
    const copied = copiedBytes > 0 ? `, ${humanSize(copiedBytes)} copied` : "";
    terminal.out(
      `${did} ${manifests.added} manifests, ${tags.added} tags and ${blobs.added} blobs of ${report.repositories} repositories (${humanSize(linkedBytes)} linked${copied})`,
    );
    terminal.out(manifests.present > 0 ? `; ${present} were here\n` : "\n");
  }
  if (keptTags.length > 0) {
    const names = `${keptTags.slice(0, 5).join(", ")}${keptTags.length > 5 ? ", …" : ""}`;
    tell(
      terminal,
      `${keptTags.length} tags point elsewhere here and stay (--overwrite moves them): ${names}`,
    );
  }
  if (problemCount > 0) tell(terminal, `${problemCount} things could not be imported, see above`);
}
