import { KasaneError, messageOf } from "../lib/mod.ts";
import type { ImageWaste } from "./image-waste.ts";

/** What a build may be refused for. Absent: not looked at. */
export interface WasteRules {
  /** 0 to 1. */
  readonly lowestEfficiency?: number;
  readonly highestWastedBytes?: number;
  /** 0 to 1, in spite of its name: dive's. */
  readonly highestUserWastedPercent?: number;
}

export type WasteRule = keyof WasteRules;

/** What dive asks for where nobody says anything else. */
export const defaultWasteRules: WasteRules = { lowestEfficiency: 0.9, highestUserWastedPercent: 0.1 };

export interface WasteVerdict {
  readonly rule: WasteRule;
  readonly limit: number;
  readonly value: number;
  readonly isKept: boolean;
}

export function checkWaste(waste: ImageWaste, rules: WasteRules): WasteVerdict[] {
  const values: Record<WasteRule, number> = {
    lowestEfficiency: waste.efficiency,
    highestWastedBytes: waste.wastedBytes,
    highestUserWastedPercent: waste.userWastedPercent,
  };
  return (Object.keys(values) as WasteRule[]).flatMap((rule) => {
    const limit = rules[rule];
    const value = values[rule];
    if (limit === undefined) return [];
    return [{ rule, limit, value, isKept: rule === "lowestEfficiency" ? value >= limit : value <= limit }];
  });
}

/**
 * The `rules` of a `.dive-ci` file (YAML): each a value or `disabled`; what it does not name is as in `defaultWasteRules`.
 * @throws KasaneError `usage`
 */
export function parseWasteRules(text: string): WasteRules {
  let value: unknown;
  try {
    value = Bun.YAML.parse(text);
  } catch (error) {
    throw new KasaneError("usage", `the rules are no YAML: ${messageOf(error)}`);
  }
  const rules = (value as { rules?: unknown } | null)?.rules ?? {};
  if (typeof rules !== "object" || Array.isArray(rules)) throw new KasaneError("usage", "rules is no map");
  let found: WasteRules = defaultWasteRules;
  for (const [name, limit] of Object.entries(rules as Record<string, unknown>)) {
    const rule = ruleNames.find((known) => known.toLowerCase() === name.toLowerCase());
    if (rule === undefined) {
      throw new KasaneError("usage", `there is no rule ${JSON.stringify(name)}`, {
        hint: `the rules are ${ruleNames.join(", ")}`,
      });
    }
    found = withRule(found, rule, String(limit));
  }
  return found;
}

const ruleNames: readonly WasteRule[] = [
  "lowestEfficiency",
  "highestWastedBytes",
  "highestUserWastedPercent",
];

/** @throws KasaneError `usage` */
export function withRule(rules: WasteRules, rule: WasteRule, text: string): WasteRules {
  const { [rule]: _, ...others } = rules;
  if (text === "disabled") return others;
  const limit = rule === "highestWastedBytes" ? bytesOf(text) : Number(text);
  const isWrong =
    text.trim() === "" ||
    !Number.isFinite(limit) ||
    limit < 0 ||
    (rule !== "highestWastedBytes" && limit > 1);
  if (!isWrong) return { ...others, [rule]: limit };
  throw new KasaneError("usage", `${JSON.stringify(text)} cannot be the value of ${rule}`, {
    hint:
      rule === "highestWastedBytes"
        ? "give a size such as 20MB, or disabled"
        : "give a number from 0 to 1, or disabled",
  });
}

/** `20MB` is 20,000,000 bytes and `20MiB` 20,971,520, as dive reads them. */
function bytesOf(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?\s*$/i.exec(text);
  if (match === null) return Number.NaN;
  const power = match[2] === "" ? 0 : "kmgtp".indexOf(match[2]!.toLowerCase()) + 1;
  return Math.floor(Number(match[1]) * (match[3] === "" ? 1000 : 1024) ** power);
}
