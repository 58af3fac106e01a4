import { parse } from "semver";

/** A tag read as a version: `v1.25.3-alpine` is 1.25.3 of the variant `alpine`; `1.25` and `1` float on their line. */
export interface TagVersion {
  readonly major: number;
  /** Absent where the tag says no more than the major version. */
  readonly minor?: number;
  /** Absent for floating tags. For sorting: semver's own string. */
  readonly full?: string;
  /** What images are made of, not how finished they are: `alpine`, `slim-bookworm`. Empty for none. */
  readonly variant: string;
  readonly isPrerelease: boolean;
}

/** What people write before a release, with or without a number: 1.0.0-rc1, -beta.2, -0.3. */
const prereleaseWord = /^(alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|a|b|m)?[.-]?\d*$/i;

/** undefined for a tag that is no version: `latest`, `main`, a date, a commit. */
export function tagVersion(tag: string): TagVersion | undefined {
  const floating = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:-([a-z][a-z0-9.-]*))?$/i.exec(tag);
  if (floating) {
    const [, major, minor, variant = ""] = floating;
    if (isPrereleaseSuffix(variant) && variant !== "") return undefined;
    return {
      major: Number(major),
      ...(minor === undefined ? {} : { minor: Number(minor) }),
      variant,
      isPrerelease: false,
    };
  }
  // A tag cannot hold the `+` of build metadata: builds write `_` or `-` in its place.
  const version = parse(tag.replace(/^v/i, "").replace("_", "+"));
  if (version === null) return undefined;
  const suffix = version.prerelease.join(".");
  const isPrerelease = suffix !== "" && isPrereleaseSuffix(suffix);
  return {
    major: version.major,
    minor: version.minor,
    full: isPrerelease ? version.version : `${version.major}.${version.minor}.${version.patch}`,
    variant: isPrerelease ? "" : suffix,
    isPrerelease,
  };
}

/** `rc.1` and `0.3` are; `alpine` and `rc.1.alpine` are read by their first word. */
function isPrereleaseSuffix(suffix: string): boolean {
  return suffix.split(/[.-]/).every((word) => prereleaseWord.test(word));
}
