import { closest, isKasaneError } from "../../lib/mod.ts";
import { formatPlatform, type Platform, parsePlatform, parseReference } from "../../oci/mod.ts";
import { expandWord } from "../expand.ts";
import type { FromInstruction } from "../instruction.ts";
import type { Dockerfile, Stage } from "../parse-dockerfile.ts";
import type { CheckOptions, Warn } from "./check-dockerfile.ts";
import { recordingLookup } from "./recording-lookup.ts";

/** The variables that FROM lines know, with their values. */
export type GlobalArgs = ReadonlyMap<string, string>;

/** What FROM lines name, and with which ARGs. Returns the values that stages inherit by naming an ARG. */
export function checkBases(dockerfile: Dockerfile, options: CheckOptions, warn: Warn): GlobalArgs {
  const globals = globalArgs(dockerfile, options, options.buildArgs);
  const defaults = globalArgs(dockerfile, options, {});
  const declared = new Set([
    ...globals.keys(),
    ...dockerfile.globalArgs.flatMap((arg) => arg.definitions.map(({ name }) => name)),
  ]);
  for (const stage of dockerfile.stages) {
    const { from } = stage;
    if (!isValidBase(tryExpand(dockerfile, from.base, defaults).text)) {
      const message = `with the defaults of its ARGs, ${from.base} names no image`;
      warn("InvalidDefaultArgInFrom", message, from);
    }
    const { missing } = tryExpand(dockerfile, from.base, globals);
    reportMissing(missing, declared, from, warn);
    if (from.platform !== undefined) checkPlatform(dockerfile, stage, { globals, declared }, warn);
    checkBasePlatform(dockerfile, stage, { globals, options }, warn);
  }
  return globals;
}

function globalArgs(
  { globalArgs: args, directives }: Dockerfile,
  options: CheckOptions,
  buildArgs: Readonly<Record<string, string>>,
): Map<string, string> {
  const values = new Map(options.platformArgs);
  for (const { name, value } of args.flatMap((arg) => arg.definitions)) {
    const given = buildArgs[name];
    if (given !== undefined) values.set(name, given);
    else if (value !== undefined)
      values.set(
        name,
        orEmpty(() => expandWord(value, (key) => values.get(key), directives)),
      );
  }
  return values;
}

/** What cannot be expanded is an error of the build; checks go on without it. */
function orEmpty(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (isKasaneError(error)) return "";
    throw error;
  }
}

/** What FROM comes to. */
export function baseName(dockerfile: Dockerfile, from: FromInstruction, globals: GlobalArgs): string {
  return tryExpand(dockerfile, from.base, globals).text;
}

function tryExpand({ directives }: Dockerfile, text: string, values: GlobalArgs) {
  const recording = recordingLookup((name) => values.get(name));
  return { ...recording, text: orEmpty(() => expandWord(text, recording.lookup, directives)) };
}

function isValidBase(name: string): boolean {
  try {
    parseReference(name);
    return true;
  } catch (error) {
    if (isKasaneError(error)) return false;
    throw error;
  }
}

function reportMissing(
  missing: ReadonlySet<string>,
  declared: ReadonlySet<string>,
  from: FromInstruction,
  warn: Warn,
): void {
  for (const name of missing) {
    if (declared.has(name)) continue;
    const near = closest(name, declared);
    const question = near === undefined ? "" : `: did you mean ${near}?`;
    warn("UndefinedArgInFrom", `no ARG ${name} stands above the first FROM${question}`, from);
  }
}

function checkPlatform(
  dockerfile: Dockerfile,
  { from }: Stage,
  known: { globals: GlobalArgs; declared: ReadonlySet<string> },
  warn: Warn,
): void {
  const { text, found, missing } = tryExpand(dockerfile, from.platform!, known.globals);
  reportMissing(missing, known.declared, from, warn);
  if (found.size === 1 && found.has("TARGETPLATFORM") && text === known.globals.get("TARGETPLATFORM")) {
    warn("RedundantTargetPlatform", `--platform=${from.platform} can go: it is so anyway`, from);
  }
  if (found.size + missing.size > 0) return;
  const platform = parsedPlatform(text);
  const name = from.stageName ?? "";
  if (!platform || name.includes(platform.os) || name.includes(platform.architecture)) return;
  warn("FromPlatformFlagConstDisallowed", `--platform=${text} makes every build one for ${text}`, from);
}

function parsedPlatform(text: string): Platform | undefined {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (isKasaneError(error)) return undefined;
    throw error;
  }
}

function checkBasePlatform(
  dockerfile: Dockerfile,
  { from, index }: Stage,
  { globals, options }: { globals: GlobalArgs; options: CheckOptions },
  warn: Warn,
): void {
  const name = baseName(dockerfile, from, globals);
  const actual = options.bases.get(index)?.platform;
  const asked =
    from.platform === undefined
      ? options.targetPlatform
      : parsedPlatform(tryExpand(dockerfile, from.platform, globals).text);
  if (!actual || !asked || (actual.os === asked.os && actual.architecture === asked.architecture)) return;
  const message = `${name} is for ${formatPlatform(actual)}, not for ${formatPlatform(asked)}`;
  warn("InvalidBaseImagePlatform", message, from);
}
