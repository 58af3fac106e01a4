import { arch } from "node:process";
import { isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import type { CapabilityName } from "../capabilities.ts";
import {
  ALLOW,
  AND,
  architectureProgram,
  armPrivate,
  fail,
  IF_AT_LEAST,
  IF_EQUAL,
  IF_GREATER,
  type Instruction,
  JUMP,
  LOAD,
  maxInstructions,
  offsetOfArgument,
  offsetOfNumber,
  ownArchitectures,
  RETURN,
} from "./bpf.ts";
import { ociArchitectures } from "./oci-seccomp.ts";
import { type CallArchitecture, callNumbers } from "./syscall-numbers.ts";

/** A profile in the JSON that Docker and Podman read, as far as it says what becomes of calls. */
interface Profile {
  readonly defaultAction?: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls?: readonly ProfileRule[] | null;
}

interface ProfileRule {
  readonly name?: string;
  readonly names?: readonly string[] | null;
  readonly action?: string;
  readonly errnoRet?: number;
  readonly args?: readonly Condition[] | null;
  readonly includes?: Circumstances | null;
  readonly excludes?: Circumstances | null;
}

interface Circumstances {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

export interface ProfileOptions {
  readonly capabilities: readonly CapabilityName[];
  /** `uname -r`: rules may begin with a kernel. */
  readonly kernel: string;
}

const textLimit = 4 << 20;

/**
 * The filter program of a profile. Rules of one call are asked in their order, those with conditions first; a call that is named by none gets the
 * default action.
 * @throws KasaneError `usage` for what is no profile
 */
export function profileProgram(text: string, options: ProfileOptions): Instruction[] {
  const profile = parseProfile(text);
  const fallback = actionValue(profile.defaultAction, profile.defaultErrnoRet);
  const rules = (profile.syscalls ?? []).filter((rule) => applies(rule, options));
  const program = architectureProgram(
    (architecture) => architectureBlock(architecture, rules, fallback),
    fallback,
  );
  if (program.length <= maxInstructions) return program;
  throw invalid(`it comes to ${program.length} instructions, and the kernel takes ${maxInstructions}`);
}

/** The same for a runtime, which makes a filter of it by itself. @throws KasaneError `usage` */
export function profileOciSeccomp(text: string, options: ProfileOptions): Record<string, unknown> {
  const { defaultAction, defaultErrnoRet, syscalls } = parseProfile(text);
  return {
    defaultAction,
    ...(defaultErrnoRet !== undefined && { defaultErrnoRet }),
    architectures: ownArchitectures.map((name) => ociArchitectures[name]),
    syscalls: (syscalls ?? [])
      .filter((rule) => applies(rule, options))
      .map(({ name, names, action, errnoRet, args }) => ({
        names: [...(names ?? []), ...(name ? [name] : [])],
        action,
        ...(errnoRet !== undefined && { errnoRet }),
        ...(args && { args }),
      })),
  };
}

function parseProfile(text: string): Profile {
  if (text.length > textLimit) throw invalid(`it is larger than ${textLimit} bytes`);
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("it is no object");
    return value as Profile;
  } catch (error) {
    throw isKasaneError(error) ? error : invalid(messageOf(error));
  }
}

function invalid(why: string): KasaneError {
  return new KasaneError("usage", `Decoding seccomp profile failed: ${why}`, {
    hint: "it has to be a seccomp profile in JSON, as docker and podman read them",
    data: { exitCode: 125 },
  });
}

function applies({ includes, excludes }: ProfileRule, options: ProfileOptions): boolean {
  const { caps = [], arches = [], minKernel } = excludes ?? {};
  if (caps?.some((name) => has(options, name))) return false;
  if (arches?.includes(architectureName())) return false;
  if (minKernel && isAtLeast(options.kernel, minKernel)) return false;
  const needed = includes ?? {};
  if (needed.caps?.some((name) => !has(options, name))) return false;
  if (needed.arches?.length && !needed.arches.includes(architectureName())) return false;
  return !needed.minKernel || isAtLeast(options.kernel, needed.minKernel);
}

function has({ capabilities }: ProfileOptions, name: string): boolean {
  return (capabilities as readonly string[]).includes(name.replace(/^CAP_/, ""));
}

/** As Go calls it. */
function architectureName(): string {
  return arch === "x64" ? "amd64" : arch;
}

function isAtLeast(kernel: string, wanted: string): boolean {
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

const errnoNone = 1;
const actions: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: ALLOW,
};

function actionValue(action: string | undefined, errno: number | undefined): number {
  if (action === "SCMP_ACT_ERRNO") return fail((errno ?? errnoNone) & 0xffff);
  if (action === "SCMP_ACT_TRACE") return (0x7ff00000 | ((errno ?? errnoNone) & 0xffff)) >>> 0;
  const value = actions[action ?? ""];
  if (value === undefined) throw invalid(`unknown action ${JSON.stringify(action ?? "")}`);
  return value;
}

function architectureBlock(
  architecture: CallArchitecture,
  rules: readonly ProfileRule[],
  fallback: number,
): Instruction[] {
  const numbers = callNumbers(architecture);
  const calls = new Map<number, { conditions: readonly Condition[]; action: number }[]>();
  for (const rule of rules) {
    const action = actionValue(rule.action, rule.errnoRet);
    for (const name of [...(rule.names ?? []), ...(rule.name ? [rule.name] : [])]) {
      const number = numbers.get(name);
      if (number === undefined) continue;
      const list = calls.get(number) ?? [];
      for (const conditions of alternatives(rule.args ?? [])) list.push({ conditions, action });
      calls.set(number, list);
    }
  }
  const block: Instruction[] = [[LOAD, 0, 0, offsetOfNumber]];
  // The private calls of the ARM kernel are how its C library works.
  if (architecture === "arm") block.push([IF_AT_LEAST, 0, 1, armPrivate], [RETURN, 0, 0, ALLOW]);
  const plain: { number: number; action: number }[] = [];
  for (const [number, list] of calls) {
    const unconditional = list.find(({ conditions }) => conditions.length === 0);
    const conditional = list.filter(({ conditions }) => conditions.length > 0);
    if (unconditional && conditional.every(({ action }) => action === unconditional.action)) {
      plain.push({ number, action: unconditional.action });
      continue;
    }
    const body: Instruction[] = conditional.flatMap(({ conditions, action }) => ifAll(conditions, action));
    body.push([RETURN, 0, 0, unconditional?.action ?? fallback]);
    if (body.length <= 255) block.push([IF_EQUAL, 0, body.length, number], ...body);
    else block.push([IF_EQUAL, 1, 0, number], [JUMP, 0, 0, body.length], ...body);
  }
  return [...block, ...inRanges(plain), [RETURN, 0, 0, fallback]];
}

/** Several conditions on one argument are alternatives, as runc has it. */
function alternatives(conditions: readonly Condition[]): readonly (readonly Condition[])[] {
  const indexes = new Set(conditions.map(({ index }) => index));
  return indexes.size === conditions.length ? [conditions] : conditions.map((one) => [one]);
}

/** Neighbouring numbers with the same action are asked for at once. */
function inRanges(calls: readonly { number: number; action: number }[]): Instruction[] {
  const ranges: { from: number; to: number; action: number }[] = [];
  for (const { number, action } of calls.toSorted((a, b) => a.number - b.number)) {
    const last = ranges.at(-1);
    if (last && last.to + 1 === number && last.action === action) last.to = number;
    else ranges.push({ from: number, to: number, action });
  }
  return ranges.flatMap(({ from, to, action }): Instruction[] =>
    from === to
      ? [
          [IF_EQUAL, 0, 1, from],
          [RETURN, 0, 0, action],
        ]
      : [
          [IF_AT_LEAST, 0, 2, from],
          [IF_GREATER, 1, 0, to],
          [RETURN, 0, 0, action],
        ],
  );
}

/** `action` when every condition holds; goes on behind it when one does not. Ends with the call's number loaded no more. */
function ifAll(conditions: readonly Condition[], action: number): Instruction[] {
  let code: Instruction[] = [[RETURN, 0, 0, action]];
  for (const condition of conditions.toReversed()) code = [...test(condition, code.length), ...code];
  return code;
}

/** Instructions that go on behind themselves when the condition holds, and `skip` further when not. Both halves of the argument count. */
function test({ index, value, valueTwo = 0, op }: Condition, skip: number): Instruction[] {
  if (!Number.isInteger(index) || index < 0 || index > 5) throw invalid(`there is no argument ${index}`);
  const [high, low] = halves(value);
  const atLow = offsetOfArgument(index);
  const loadHigh: Instruction = [LOAD, 0, 0, atLow + 4];
  const loadLow: Instruction = [LOAD, 0, 0, atLow];
  const miss = (after: number) => skip + after;
  switch (op) {
    case "SCMP_CMP_EQ":
      return [loadHigh, [IF_EQUAL, 0, miss(2), high], loadLow, [IF_EQUAL, 0, miss(0), low]];
    case "SCMP_CMP_NE":
      return [loadHigh, [IF_EQUAL, 0, 2, high], loadLow, [IF_EQUAL, miss(0), 0, low]];
    case "SCMP_CMP_GT":
    case "SCMP_CMP_GE":
      return [
        loadHigh,
        [IF_GREATER, 3, 0, high],
        [IF_EQUAL, 0, miss(2), high],
        loadLow,
        [op === "SCMP_CMP_GT" ? IF_GREATER : IF_AT_LEAST, 0, miss(0), low],
      ];
    case "SCMP_CMP_LT":
    case "SCMP_CMP_LE":
      return [
        loadHigh,
        [IF_GREATER, miss(3), 0, high],
        [IF_EQUAL, 0, 2, high],
        loadLow,
        [op === "SCMP_CMP_LT" ? IF_AT_LEAST : IF_GREATER, miss(0), 0, low],
      ];
    case "SCMP_CMP_MASKED_EQ": {
      const [wantedHigh, wantedLow] = halves(valueTwo);
      return [
        loadHigh,
        [AND, 0, 0, high],
        [IF_EQUAL, 0, miss(3), wantedHigh],
        loadLow,
        [AND, 0, 0, low],
        [IF_EQUAL, 0, miss(0), wantedLow],
      ];
    }
    default:
      throw invalid(`unknown comparison ${JSON.stringify(op)}`);
  }
}

function halves(value: number): [high: number, low: number] {
  const whole = BigInt.asUintN(64, BigInt(Math.trunc(Number(value) || 0)));
  return [Number(whole >> 32n), Number(whole & 0xffffffffn)];
}
