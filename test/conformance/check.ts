import type { Registry } from "./registry.ts";

/** The areas of the API, named as the conformance reports of registries name them. */
export const areas = [
  "ping",
  "tag list",
  "tag delete",
  "tag delete atomic",
  "blob push",
  "blob post only",
  "blob post+put",
  "blob chunked",
  "blob streaming",
  "blob upload cancel",
  "blob mount",
  "blob anonymous mount",
  "blob get",
  "blob get range",
  "blob head",
  "blob delete",
  "blob delete atomic",
  "manifest put by digest",
  "manifest put by tag",
  "manifest put with tag params",
  "manifest put with subject",
  "manifest get by digest",
  "manifest get by tag",
  "manifest head by digest",
  "manifest head by tag",
  "manifest delete",
  "manifest delete atomic",
  "referrers",
] as const;

/** What those reports do not ask, and clients trip over. */
const moreAreas = ["catalog", "names", "errors", "negotiation"] as const;

export type Area = (typeof areas)[number] | (typeof moreAreas)[number];

/** One claim about a registry. */
export interface Check {
  readonly area: Area;
  /** The data set, or the case. */
  readonly data: string;
  /** Throws what is wrong. Works in repositories of its own. */
  readonly run: (registry: Registry) => Promise<void>;
}

export function nameOf(check: Check): string {
  return `${check.area} / ${check.data}`;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** Runs checks one after the other and says which failed. */
export async function failuresOf(registry: Registry, checks: readonly Check[]): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const check of checks) {
    try {
      await check.run(registry);
    } catch (error) {
      failures.push({ name: nameOf(check), message: error instanceof Error ? error.message : String(error) });
    }
  }
  return failures;
}
