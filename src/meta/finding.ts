import type { Root } from "./roots.ts";

/** A row of `reviews`, or what becomes one when something above it goes. */
export interface Item {
  readonly kind: "link" | "manifest" | "object" | "repository";
  readonly repository: string;
  readonly digest: string;
  /** When it was last heard of, ms. */
  readonly since: number;
  readonly reason: string;
}

/** How long things are left alone, ms. `-Infinity`: not at all. */
export interface Patience {
  readonly objectMs: number;
  readonly linkMs: number;
  /** Absent: untagged manifests stay. */
  readonly untaggedMs?: number;
}

/** What was found out about an item. */
export type Finding =
  | { readonly decision: "remove" }
  | { readonly decision: "wait"; readonly untilMs: number }
  /** Not there any more. */
  | { readonly decision: "absent" }
  | { readonly decision: "keep"; readonly because: Keeper };

export type Keeper =
  | { readonly what: "root"; readonly root: Root }
  | { readonly what: "manifest"; readonly manifest: string; readonly isDeleted: boolean }
  | { readonly what: "tag"; readonly tag: string; readonly manifest: string }
  | {
      readonly what: "deleted tag";
      readonly tag: string;
      readonly manifest: string;
      readonly untilMs: number;
    }
  | { readonly what: "waiting manifest"; readonly manifest: string }
  | { readonly what: "no policy" | "claimed" | "contents" };

export function keyOf({ kind, repository, digest }: Pick<Item, "repository" | "digest" | "kind">): string {
  return `${kind} ${repository} ${digest}`;
}
