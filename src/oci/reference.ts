import { KasaneError } from "../lib/errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A parsed, normalised image reference. */
export interface Reference {
  /** Registry host with port: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Repository without the host: `library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Longest `host/repository`, as Docker counts it. */
export const nameLimitCharacters = 255;

const defaultHost = "docker.io";
const legacyDefaultHost = "index.docker.io";
const officialPrefix = "library/";
const officialStart = `${defaultHost}/${officialPrefix}`;

const hostLabel = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const hostPattern = new RegExp(
  `^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::([0-9]{1,5}))?$`,
);
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const identifierPattern = /^[a-f0-9]{64}$/;

/**
 * Docker's reference grammar with Docker's normalisation: `nginx` is `docker.io/library/nginx`.
 * No tag is added: see withDefaultTag().
 * @throws KasaneError `invalid-reference`
 */
export function parseReference(text: string): Reference {
  const refuse = (
    reason: string,
    hint = "a name is [HOST[:PORT]/]NAME[:TAG], such as ghcr.io/team/app:v1",
  ): never => {
    const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
    throw new KasaneError(
      "invalid-reference",
      `${JSON.stringify(shown)} is not a valid image reference: ${reason}`,
      { hint },
    );
  };
  if (text === "") refuse("it is empty");
  // Name, tag (128) and digest (135) with their separators: nothing longer can be valid.
  if (text.length > nameLimitCharacters + 1 + 128 + 1 + 135) refuse("it is too long");
  if (identifierPattern.test(text)) {
    refuse("64 hexadecimal digits are an image ID, not a name", `write sha256:${text} for the image ID`);
  }

  const at = text.indexOf("@");
  const digestText = at < 0 ? undefined : text.slice(at + 1);
  const nameAndTag = at < 0 ? text : text.slice(0, at);
  const slash = nameAndTag.lastIndexOf("/");
  const colon = nameAndTag.indexOf(":", slash + 1);
  const tag = colon < 0 ? undefined : nameAndTag.slice(colon + 1);
  const { host, repository } = splitHost(colon < 0 ? nameAndTag : nameAndTag.slice(0, colon));

  const port = hostPattern.exec(host);
  if (!port) refuse(`${JSON.stringify(host)} is not a registry host`);
  else if (port[1] !== undefined && Number(port[1]) > 65535) refuse(`there is no port ${port[1]}`);
  if (/^https?:$/.test(nameAndTag.slice(0, nameAndTag.indexOf("/"))))
    refuse("it starts with a URL scheme", "leave http:// or https:// away");
  for (const component of repository.split("/")) {
    if (componentPattern.test(component)) continue;
    if (componentPattern.test(component.toLowerCase())) refuse("the repository name must be lower case");
    refuse(
      component === "" ? "a part of its name is empty" : `${JSON.stringify(component)} cannot be in a name`,
      "a name has lower-case letters and digits, separated by . _ __ or -",
    );
  }
  if (tag !== undefined && !tagPattern.test(tag)) {
    refuse(
      `${JSON.stringify(tag)} is not a tag`,
      "a tag has up to 128 letters, digits, _ . or -, and does not start with . or -",
    );
  }
  if (digestText !== undefined && !isDigest(digestText)) {
    refuse(
      `${JSON.stringify(digestText)} is not a digest`,
      "a digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits",
    );
  }
  if (host.length + 1 + repository.length > nameLimitCharacters) {
    refuse(`its name is longer than ${nameLimitCharacters} characters`);
  }
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digestText === undefined ? {} : { digest: digestText as Digest }),
  };
}

function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, slash);
  const hasHost = slash >= 0 && looksLikeHost(first);
  const host = hasHost && first !== legacyDefaultHost ? first : defaultHost;
  const rest = hasHost ? name.slice(slash + 1) : name;
  return { host, repository: host === defaultHost && !rest.includes("/") ? officialPrefix + rest : rest };
}

/** Docker's rule for telling `host/name` from `user/name`. */
function looksLikeHost(component: string): boolean {
  return (
    component === "localhost" ||
    component.includes(".") ||
    component.includes(":") ||
    component !== component.toLowerCase()
  );
}

/** The reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: "latest" };
}

/** `docker.io/library/nginx:latest@sha256:…`: the canonical form. */
export function formatReference(reference: Reference): string {
  return `${reference.host}/${reference.repository}${suffix(reference)}`;
}

/** What people type and `images` prints: `nginx:latest`, `localhost:5000/a/b:tag`. */
export function familiarReference(reference: Reference): string {
  const short = familiarName(reference);
  const end = suffix(reference);
  // Alone, 64 hexadecimal digits would be read as an image ID.
  return (end === "" && identifierPattern.test(short) ? officialPrefix + short : short) + end;
}

/** familiarReference() without tag and digest. */
export function familiarName({ host, repository }: Reference): string {
  if (host !== defaultHost) return `${host}/${repository}`;
  const parts = repository.split("/");
  if (parts.length === 2 && parts[0] === "library") return parts[1]!;
  // docker.io/a.b/c would come back as repository c of host a.b.
  return looksLikeHost(parts[0]!) || parts.length === 1 ? `${host}/${repository}` : repository;
}

/** familiarName() of a canonical `host/repository`, for lists of thousands. */
export function familiarRepository(name: string): string {
  if (!name.startsWith(officialStart)) return familiarName(splitName(name));
  const short = name.slice(officialStart.length);
  return short.includes("/") ? familiarName(splitName(name)) : short;
}

/**
 * The parts of a name that formatReference() wrote: no grammar is checked, for lists of thousands. Of `host/a@digest` there is no tag.
 */
export function splitName(name: string): Reference {
  const at = name.indexOf("@");
  const end = at < 0 ? name.length : at;
  const slash = name.indexOf("/");
  const colon = name.indexOf(":", name.lastIndexOf("/", end) + 1);
  const hasTag = colon >= 0 && colon < end;
  return {
    host: name.slice(0, slash),
    repository: name.slice(slash + 1, hasTag ? colon : end),
    ...(hasTag && { tag: name.slice(colon + 1, end) }),
    ...(at >= 0 && { digest: name.slice(at + 1) as Digest }),
  };
}

function suffix({ tag, digest }: Reference): string {
  return `${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}
