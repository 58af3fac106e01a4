/**
 * Which tags of a repository stay. Each `keep` adds to what stays; a tag that none of them names goes. A repository no rule matches
 * keeps everything, and so does an immutable tag.
 */
export interface RetentionRule {
  /** Patterns of oci's namePattern(). */
  readonly repositories: readonly string[];
  /** Only tags of these patterns are looked at; the others stay. Absent: all. */
  readonly tags?: readonly string[];
  readonly keep: {
    /** So many, latest pushed first. */
    readonly last?: number;
    readonly pushedWithinMs?: number;
    readonly pulledWithinMs?: number;
    readonly tags?: readonly string[];
    /** Of semantic versions: the latest `lines` major.minor lines with the latest `perLine` versions of each. */
    readonly semver?: { readonly lines: number; readonly perLine: number; readonly prereleases: boolean };
  };
}

export interface ImmutableRule {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
}
