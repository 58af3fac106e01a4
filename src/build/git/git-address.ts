import { cleanPath } from "../../dockerfile/mod.ts";
import { KasaneError } from "../../lib/mod.ts";

/** A repository as ADD and build contexts write it: `https://host/repo.git#ref:directory`, or with `?ref=…&subdir=…`. */
export interface GitAddress {
  /** What git is given; credentials are not in it. */
  readonly remote: string;
  /** `user:password`, where an http(s) address had them. */
  readonly credentials?: string;
  /** With its port where it has one. */
  readonly host: string;
  readonly isSsh: boolean;
  /** A branch, a tag, `refs/…` or a whole commit; the default branch where absent. */
  readonly ref?: string;
  /** Clean and below the top; absent for all of it. */
  readonly subdirectory?: string;
  /** The commit must begin with it. */
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  readonly submodules: boolean;
}

/** As scp writes it. It begins with a letter or digit, so that no program takes it for an option. */
const scpPattern =
  /^([a-zA-Z0-9][a-zA-Z0-9_-]*)@([a-zA-Z0-9][a-zA-Z0-9.-]*):([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const maxAddressLength = 4096;

/** True for what ADD takes from git: `git@host:path`, `ssh://`, `git://`, and http(s) addresses whose path ends in `.git`. */
export function isGitAddress(text: string): boolean {
  if (/^(git|ssh):\/\//i.test(text)) return true;
  if (/^https?:\/\//i.test(text)) return /^https?:\/\/[^/?#]+\/[^?#]*\.git([?#].*)?$/is.test(text);
  return scpPattern.test(text);
}

/** @throws KasaneError `invalid-dockerfile` */
export function parseGitAddress(text: string): GitAddress {
  if (text.length > maxAddressLength || /[\x00-\x20\x7f]/.test(text)) {
    throw invalid(text.slice(0, 100), "it holds blanks or is too long");
  }
  const scp = /^[a-z]+:\/\//i.test(text) ? null : scpPattern.exec(text);
  if (scp) {
    const [, user, host, path, query, fragment] = scp;
    const remote = `${user}@${host}:${path}`;
    return { remote, host: host!, isSsh: true, ...details(text, query, fragment) };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(text, "it is no address");
  }
  if (url.hostname === "" || url.hostname.startsWith("-") || url.username.startsWith("-")) {
    throw invalid(text, "it has no valid host");
  }
  const found = details(text, url.search.slice(1), decoded(url.hash.slice(1)));
  url.search = "";
  url.hash = "";
  const isSsh = url.protocol === "ssh:";
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  const hasCredentials = !isSsh && credentials !== ":";
  if (!isSsh) url.username = "";
  url.password = "";
  return {
    remote: url.href,
    host: url.host,
    isSsh,
    ...(hasCredentials ? { credentials } : {}),
    ...found,
  };
}

function details(text: string, query = "", fragment = "") {
  const colon = fragment.indexOf(":");
  let ref = colon < 0 ? fragment : fragment.slice(0, colon);
  let subdirectory = colon < 0 ? "" : fragment.slice(colon + 1);
  let checksum: string | undefined;
  let keepGitDir: boolean | undefined;
  let submodules = true;
  const setRef = (value: string): void => {
    if (ref !== "" && ref !== value) throw invalid(text, `it asks for ${ref} and for ${value}`);
    ref = value;
  };
  const seen = new Set<string>();
  for (const [key, value] of new URLSearchParams(query)) {
    if (seen.has(key)) throw invalid(text, `${key} is given twice`);
    seen.add(key);
    if (value === "" && key !== "keep-git-dir" && key !== "submodules") {
      throw invalid(text, `${key} has no value`);
    }
    switch (key) {
      case "ref":
        setRef(value);
        break;
      case "tag":
        setRef(`refs/tags/${value.replace(/^refs\/tags\//, "")}`);
        break;
      case "branch":
        setRef(`refs/heads/${value.replace(/^refs\/heads\//, "")}`);
        break;
      case "subdir":
        if (subdirectory !== "" && subdirectory !== value) {
          throw invalid(text, `it asks for the directory ${subdirectory} and for ${value}`);
        }
        subdirectory = value;
        break;
      case "checksum":
      case "commit":
        if (checksum !== undefined && checksum !== value) throw invalid(text, "it asks for two commits");
        checksum = value;
        break;
      case "keep-git-dir":
        keepGitDir = isTrue(text, key, value);
        break;
      case "submodules":
        submodules = isTrue(text, key, value);
        break;
      default:
        throw invalid(text, `git addresses know no ${key}`);
    }
  }
  if (ref !== "") checkRef(text, ref);
  if (checksum !== undefined) checkChecksum(checksum);
  const path = cleanPath(`/${subdirectory}`).slice(1);
  return {
    ...(ref === "" ? {} : { ref }),
    ...(path === "" ? {} : { subdirectory: path }),
    ...(checksum === undefined ? {} : { checksum: checksum.toLowerCase() }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    submodules,
  };
}

/** What git itself allows as the name of a reference, and no more: a leading dash would be an option, a colon another refspec. */
function checkRef(text: string, ref: string): void {
  const isValid =
    !/^[-./]|\.\.|[~^:?*[\\\x00-\x20\x7f]|@\{|\/\/|\.lock$|[./]$/.test(ref) && ref.length <= 255;
  if (!isValid) throw invalid(text, `${JSON.stringify(ref)} is no branch, tag or commit`);
}

/** @throws KasaneError `invalid-dockerfile` for what is no beginning of a commit's name */
export function checkChecksum(checksum: string): void {
  if (/^[0-9a-f]{4,64}$/i.test(checksum)) return;
  throw new KasaneError("invalid-dockerfile", `${JSON.stringify(checksum)} is no commit`, {
    hint: "the checksum of a git source is its commit, or at least the first 4 of its hexadecimal digits",
  });
}

function isTrue(text: string, key: string, value: string): boolean {
  if (/^(|1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(text, `${key} is true or false, not ${JSON.stringify(value)}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(text: string, reason: string): KasaneError {
  const shown = text.replace(/\/\/[^/@]*@/, "//***@");
  return new KasaneError("invalid-dockerfile", `invalid git address ${JSON.stringify(shown)}: ${reason}`, {
    hint: "write it like https://example.com/repository.git#branch:directory",
  });
}
