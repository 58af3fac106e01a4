import type { Platform } from "../../oci/mod.ts";
import type { Instruction } from "../instruction.ts";
import type { Dockerfile } from "../parse-dockerfile.ts";
import type { PathMatcher } from "../path-matcher.ts";
import type { SourceRange } from "../source.ts";
import { checkBases } from "./check-bases.ts";
import { allChecks, type CheckSelection, isSelected, selectionFromComments } from "./check-options.ts";
import type { CheckRule } from "./check-rule.ts";
import { checkStage, type StageFacts } from "./check-stage.ts";
import { checkWording } from "./check-wording.ts";

export interface CheckWarning {
  readonly rule: CheckRule;
  /** What is wrong here, with the name it is about. */
  readonly message: string;
  readonly range: SourceRange;
}

/** What a base image says that matters to checks. */
export interface CheckedBase {
  readonly env: readonly string[];
  readonly hasShell: boolean;
  readonly platform?: Platform;
}

export interface CheckOptions {
  readonly selection?: CheckSelection;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The platform arguments, and nothing else: see platformArgs(). */
  readonly platformArgs: ReadonlyMap<string, string>;
  readonly targetPlatform: Platform;
  /** The base images by the number of the stage. What is absent is not known: then nothing is said that depends on it. */
  readonly bases: ReadonlyMap<number, CheckedBase>;
  /** What the ignore file leaves out of the context. */
  readonly ignore?: PathMatcher | undefined;
}

/** Notes a warning of an instruction, unless the rule is not asked for there. */
export type Warn = (rule: CheckRule, message: string, at: Pick<Instruction, "range" | "comments">) => void;

/** The 22 build checks. Builds nothing and reads nothing: what it is to know is given. In the order of the lines. */
export function checkDockerfile(dockerfile: Dockerfile, options: CheckOptions): CheckWarning[] {
  const selection = options.selection ?? allChecks;
  const warnings: CheckWarning[] = [];
  const add = (rule: CheckRule, message: string, range: SourceRange, chosen: CheckSelection): void => {
    if (isSelected(rule, chosen)) warnings.push({ rule, message, range });
  };
  const warn: Warn = (rule, message, at) =>
    add(rule, message, at.range, selectionFromComments(selection, at.comments));

  for (const { message, rule, range } of dockerfile.warnings) add(rule, message, range, selection);
  checkWording(dockerfile, warn, (rule, message, { range }) => add(rule, message, range, selection));
  const globals = checkBases(dockerfile, options, warn);
  const done: StageFacts[] = [];
  for (const stage of dockerfile.stages) {
    done.push(checkStage(dockerfile, stage, { options, globals, done }, warn));
  }
  return warnings.sort((a, b) => a.range.startLine - b.range.startLine);
}
