import { readFile } from "node:fs/promises";
import { errnoOf, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import type { ImageWaste, WasteRules, WasteVerdict } from "../../look/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import type { ParsedFlags } from "../flags.ts";
import { jsonFlag, viewFlags, withImages } from "../images/image-viewing.ts";
import { formatTable } from "../text/table.ts";
import { humanSize } from "../text/units.ts";

const defaultRulesFile = ".dive-ci";
/** Rows of the table without --all. */
const shownPaths = 20;

export default {
  name: "image waste",
  summary: "Show what an image's layers hold for nothing",
  usage: "[OPTIONS] IMAGE",
  description:
    "Efficiency and wasted bytes are dive's: files that stand in several layers, or are taken away by a later one. " +
    "With a limit, or --ci, the exit code is 1 when one is not kept.",
  examples: [
    { call: "image waste my-app", what: "the figures, and the paths that cost most" },
    {
      call: "image waste --lowest-efficiency 0.95 --highest-wasted-bytes 20MB my-app",
      what: "in a pipeline",
    },
    { call: "image waste --ci my-app", what: "with the limits of a .dive-ci file, else dive's" },
  ],
  flags: [
    { name: "lowest-efficiency", type: "string", value: "0..1", help: "Fail below this efficiency" },
    {
      name: "highest-wasted-bytes",
      type: "string",
      value: "SIZE",
      help: "Fail above this many wasted bytes (20MB)",
    },
    {
      name: "highest-user-wasted-percent",
      type: "string",
      value: "0..1",
      help: "Fail above this part of all layers but the base",
    },
    {
      name: "ci",
      type: "boolean",
      help: "Check the limits of .dive-ci in this directory; 0.9, none and 0.1 where it says nothing",
    },
    { name: "ci-config", type: "string", value: "FILE", help: "Check the limits of this file" },
    { name: "all", short: "a", type: "boolean", help: "Every path" },
    jsonFlag,
    ...viewFlags,
    { name: "lowestEfficiency", type: "string", help: "As dive has it", hidden: true },
    { name: "highestWastedBytes", type: "string", help: "As dive has it", hidden: true },
    { name: "highestUserWastedPercent", type: "string", help: "As dive has it", hidden: true },
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run(context) {
    const { flags, terminal } = context;
    const { checkWaste, imageWaste } = await import("../../look/mod.ts");
    // A wrong limit is told before anything is fetched.
    const rules = await rulesOf(flags);
    const waste = await withImages(context, { needsContents: false }, async (viewer) =>
      imageWaste(await viewer.open(flags.arguments[0]!)),
    );
    const verdicts = checkWaste(waste, rules);
    if (flags.boolean("json")) terminal.out(`${JSON.stringify({ ...waste, verdicts })}\n`);
    else write(context, waste, verdicts);
    return verdicts.every(({ isKept }) => isKept) ? 0 : 1;
  },
} satisfies Command;

const ruleFlags = {
  lowestEfficiency: "lowest-efficiency",
  highestWastedBytes: "highest-wasted-bytes",
  highestUserWastedPercent: "highest-user-wasted-percent",
} as const;

async function rulesOf(flags: ParsedFlags): Promise<WasteRules> {
  const { defaultWasteRules, parseWasteRules, withRule } = await import("../../look/mod.ts");
  const file = flags.string("ci-config") ?? (flags.boolean("ci") ? defaultRulesFile : undefined);
  let rules: WasteRules = {};
  if (file !== undefined) {
    const text = await readRules(file, flags.string("ci-config") !== undefined);
    try {
      rules = text === undefined ? defaultWasteRules : parseWasteRules(text);
    } catch (error) {
      if (!isKasaneError(error, "usage")) throw error;
      throw new KasaneError("usage", `${file}: ${error.message}`, {
        ...(error.hint && { hint: error.hint }),
      });
    }
  }
  for (const [rule, flag] of Object.entries(ruleFlags) as [keyof typeof ruleFlags, string][]) {
    const text = flags.string(flag) ?? flags.string(rule);
    if (text !== undefined) rules = withRule(rules, rule, text);
  }
  return rules;
}

async function readRules(file: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" && !isNamed) return undefined;
    throw new KasaneError("usage", `cannot read ${file}: ${errnoOf(error) ?? messageOf(error)}`);
  }
}

function write(
  { flags, terminal }: CommandContext,
  waste: ImageWaste,
  verdicts: readonly WasteVerdict[],
): void {
  const percent = (part: number) => `${(part * 100).toFixed(2)}%`;
  terminal.out(`Efficiency:           ${percent(waste.efficiency)}\n`);
  terminal.out(
    `Wasted:               ${humanSize(waste.wastedBytes)} in ${waste.paths.length === 1 ? "1 path" : `${waste.paths.length} paths`}\n`,
  );
  terminal.out(
    `Of the user's layers: ${percent(waste.userWastedPercent)} of ${humanSize(waste.userSizeBytes)}\n`,
  );
  terminal.out(`Stored but hidden:    ${humanSize(waste.hiddenBytes)} of ${humanSize(waste.sizeBytes)}\n`);
  const paths = flags.boolean("all") ? waste.paths : waste.paths.slice(0, shownPaths);
  if (paths.length > 0) {
    terminal.out(
      `\n${formatTable([
        ["LAYERS", "SIZE", "PATH"],
        ...paths.map(({ count, sizeBytes, path }) => [String(count), humanSize(sizeBytes), path]),
      ])}`,
    );
  }
  const rest = waste.paths.length - paths.length;
  if (rest > 0) terminal.out(`and ${rest} more: see --all\n`);
  if (verdicts.length > 0) terminal.out("\n");
  for (const { rule, limit, value, isKept } of verdicts) {
    const text = rule === "highestWastedBytes" ? humanSize : (number: number) => number.toFixed(4);
    const sign = rule === "lowestEfficiency" ? "at least" : "at most";
    // What fails by less than is shown must not look as if it were kept.
    const shown = isKept || text(value) !== text(limit) ? text(value) : String(value);
    terminal.out(`${isKept ? "PASS" : "FAIL"}: ${rule}: ${shown}, ${sign} ${text(limit)}\n`);
  }
}
