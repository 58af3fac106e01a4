import type { ExplainedBuild, ExplainedStep } from "../../build/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { BuildRecord } from "../../meta/mod.ts";
import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { missTexts } from "../build/miss-text.ts";
import type { Command } from "../command.ts";
import { formatTable } from "../text/table.ts";
import { humanAgo } from "../text/units.ts";
import { visibleLine } from "../text/visible.ts";

export default {
  name: "why",
  summary: "Explain why the steps of a build ran, or did not",
  usage: "[OPTIONS] [IMAGE|BUILD] [STEP]",
  description:
    "Of the latest build, of the one that made an image, or of one by its id. A step that ran is compared with the nearest one before it: which file of the context changed and what about it, which argument, which variable, which base. STEP is a step's number, or a part of its text, and shows everything that decides its result.",
  examples: [
    { call: "why", what: "the latest build" },
    { call: "why my-app:v2", what: "the build that made this image" },
    { call: "why my-app:v2 4", what: "its step #4, and all that decides its result" },
    { call: "why --builds", what: "what was built here lately" },
  ],
  flags: [
    { name: "builds", type: "boolean", help: "List the latest builds" },
    {
      name: "format",
      type: "string",
      value: "text|json",
      oneOf: ["text", "json"],
      help: "text (default) or json",
    },
  ],
  arguments: { min: 0, max: 2 },
  onlyReads: true,
  async run(context) {
    const { flags, terminal } = context;
    const store = await context.store();
    const isJson = flags.string("format") === "json";
    if (flags.boolean("builds")) {
      const list = await recentBuilds(store);
      terminal.out(isJson ? `${JSON.stringify(list, null, 2)}\n` : buildTable(list));
      return 0;
    }
    const { explainBuild } = await import("../../build/mod.ts");
    const [name, step] = flags.arguments;
    const record = await findBuild(store, name);
    const build = await explainBuild(store.meta.buildHistory, record);
    if (!build) throw notFound(`the record of build ${record.id} cannot be read`);
    const shown = step === undefined ? build : { ...build, steps: findSteps(build, step) };
    if (isJson) terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
    else terminal.out(buildText(shown, step !== undefined));
    return 0;
  },
} satisfies Command;

const listed = 20;

async function recentBuilds(store: LocalStore) {
  const { readBuild } = await import("../../build/mod.ts");
  return (await store.meta.buildHistory.builds(listed)).flatMap((record) => {
    const build = readBuild(record);
    if (!build) return [];
    const { steps, ...rest } = build;
    const hits = steps.filter(({ outcome }) => outcome.startsWith("hit")).length;
    const { id, startedAtMs, image } = record;
    return [{ id, startedAtMs, ...(image && { image }), ...rest, steps: countSteps(steps), hits }];
  });
}

function buildTable(list: Awaited<ReturnType<typeof recentBuilds>>): string {
  const rows = list.map(({ id, startedAtMs, image, error, tags, context, steps, hits }) => [
    id,
    humanAgo(startedAtMs, Date.now()),
    error === undefined ? "ok" : "failed",
    `${hits}/${steps}`,
    tags.map(shortName).join(",") || (image ? image.slice(7, 19) : ""),
    context,
  ]);
  return formatTable([["BUILD", "STARTED", "RESULT", "CACHED", "IMAGE", "CONTEXT"], ...rows]);
}

function shortName(name: string): string {
  return familiarReference(parseReference(name));
}

function countSteps(steps: readonly { readonly text: string }[]): number {
  return steps.filter(({ text }) => !text.startsWith("FROM ")).length;
}

async function findBuild(store: LocalStore, name: string | undefined): Promise<BuildRecord> {
  const { buildHistory } = store.meta;
  if (name === undefined) {
    const [latest] = await buildHistory.builds(1);
    if (latest) return latest;
    throw notFound("nothing was built in this store yet");
  }
  if (/^[0-9a-f]{3,12}$/.test(name)) {
    const [found, another] = await buildHistory.buildsById(name);
    if (found && !another) return found;
  }
  const { record, raw } = await store.find(name);
  const found = (await buildHistory.buildOf(record.target)) ?? (await buildHistory.buildOf(raw.digest));
  if (found) return found;
  throw notFound(`no build is recorded that made the image ${name}`);
}

function notFound(message: string): KasaneError {
  return new KasaneError("not-found", message, {
    hint: "'kasane why --builds' lists the builds that are recorded: the latest 200 of this store",
  });
}

function findSteps({ id, steps }: ExplainedBuild, wanted: string): ExplainedStep[] {
  const found = /^#?\d+$/.test(wanted)
    ? steps.filter(({ number }) => number === Number(wanted.replace("#", "")))
    : steps.filter(({ text }) => text.toLowerCase().includes(wanted.toLowerCase()));
  if (found.length > 0) return found;
  throw new KasaneError("not-found", `build ${id} has no step ${JSON.stringify(wanted)}`, {
    hint: `'kasane why ${id}' lists its steps`,
  });
}

function buildText(build: ExplainedBuild, isDetailed: boolean): string {
  const { id, startedAtMs, image, tags, context, dockerfile, steps, error } = build;
  const time = new Date(startedAtMs).toISOString().replace(/\.\d+Z$/, "Z");
  const lines = [`build ${id}  ${time}  ${dockerfile} of ${context}`];
  if (image) lines.push(`image ${[image, ...tags.map(shortName)].join("  ")}`);
  if (error !== undefined) lines.push(`failed: ${error.split("\n")[0]}`);
  if (!isDetailed) {
    const hits = steps.filter(({ outcome }) => outcome.startsWith("hit")).length;
    lines.push(`${hits} of ${countSteps(steps)} steps from the cache`);
  }
  for (const step of steps) lines.push("", ...stepLines(step, isDetailed));
  return `${lines.map(visibleLine).join("\n")}\n`;
}

const outcomes: Readonly<Record<ExplainedStep["outcome"], string>> = {
  hit: "HIT",
  "hit-by-files": "HIT, what it depends on was made anew and has the same files",
  ran: "MISS",
  failed: "FAILED",
  running: "CANCELLED",
};

function stepLines(step: ExplainedStep, isDetailed: boolean): string[] {
  const { number, stage, index, total, line, text, outcome, miss, durationMs, inputs = [], layer } = step;
  const place = `[${stage === "" ? "" : `${stage} `}${index}/${total}]`;
  const lines = [`#${number} ${place} ${text}`];
  const isBase = text.startsWith("FROM ") && outcome === "ran";
  const took = durationMs === undefined ? "" : ` (${(durationMs / 1000).toFixed(1)} s)`;
  lines.push(`   ${isBase ? "BASE" : outcomes[outcome]}${isBase ? "" : took}`);
  if (miss) lines.push(...missTexts(miss).map((cause) => `   - ${cause}`));
  if (!isDetailed) return lines;
  if (miss?.comparedWithMs !== undefined) {
    lines.push(`   compared with ${new Date(miss.comparedWithMs).toISOString()}`);
  }
  lines.push(`   line ${line}`);
  if (layer) lines.push(`   layer ${layer}`);
  for (const { kind, name, value } of inputs) lines.push(`   ${`${kind} ${name}`.trim()} = ${value}`);
  return lines;
}
