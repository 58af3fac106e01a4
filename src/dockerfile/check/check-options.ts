import { ArgumentError } from "../arguments.ts";
import { type CheckRule, experimentalRules } from "./check-rule.ts";

/** Which checks are made, and whether what they find ends the build: `skip=A,B;error=true;experimental=all`. */
export interface CheckSelection {
  readonly skip: "all" | ReadonlySet<string>;
  readonly experimental: "all" | ReadonlySet<string>;
  readonly isError: boolean;
}

export const allChecks: CheckSelection = { skip: new Set(), experimental: new Set(), isError: false };

/**
 * The value of the `check` directive, of a `# check=…` comment, or of the build argument BUILDKIT_DOCKERFILE_CHECK.
 * @throws ArgumentError
 */
export function parseCheckSelection(text: string): CheckSelection {
  let { skip, experimental, isError } = allChecks;
  for (const part of text.trim() === "" ? [] : text.split(";")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (name === "skip") skip = ruleNames(value);
    else if (name === "experimental") experimental = ruleNames(value);
    else if (name === "error" && /^(1|t|true|0|f|false)$/i.test(value)) isError = /^(1|t|true)$/i.test(value);
    else {
      throw new ArgumentError(`invalid check option ${JSON.stringify(part.trim())}`, {
        hint: "write check=skip=Rule,Rule;error=true",
        mark: part.trim(),
      });
    }
  }
  return { skip, experimental, isError };
}

function ruleNames(value: string): "all" | ReadonlySet<string> {
  return value === "all" ? "all" : new Set(value.split(",").map((name) => name.trim()));
}

/** Both together: what one of them skips is skipped. */
export function mergeSelections(a: CheckSelection, b: CheckSelection): CheckSelection {
  return {
    skip: union(a.skip, b.skip),
    experimental: union(a.experimental, b.experimental),
    isError: a.isError || b.isError,
  };
}

function union(a: "all" | ReadonlySet<string>, b: "all" | ReadonlySet<string>): "all" | ReadonlySet<string> {
  return a === "all" || b === "all" ? "all" : a.union(b);
}

/** What the comments right above an instruction say of it: `# check=skip=UndefinedVar`. What is no selection says nothing. */
export function selectionFromComments(
  selection: CheckSelection,
  comments: readonly string[],
): CheckSelection {
  for (const comment of comments) {
    const value = /^check\s*=\s*(\S+)/i.exec(comment.trim())?.[1];
    if (value === undefined) continue;
    try {
      return mergeSelections(selection, parseCheckSelection(value));
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return selection;
    }
  }
  return selection;
}

export function isSelected(rule: CheckRule, selection: CheckSelection): boolean {
  const { skip, experimental } = selection;
  if (experimentalRules.has(rule)) return experimental === "all" || experimental.has(rule);
  return skip !== "all" && !skip.has(rule);
}
