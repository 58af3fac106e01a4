import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "./digest.ts";

/** A parsed, normalised image reference. */
export interface Reference {
  /** Registry host with port: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Repository without the host: `library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/**
 * Docker's reference grammar with Docker's normalisation: `nginx` is `docker.io/library/nginx`.
 * No tag is added: see withDefaultTag().
 * @throws KasaneError `invalid-reference`
 */
export function parseReference(text: string): Reference {
  throw new KasaneError("internal", `not built yet: ${text}`);
}

/** The reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: "latest" };
}

/** `docker.io/library/nginx:latest@sha256:…`: the canonical form. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag ? `:${reference.tag}` : "";
  const digest = reference.digest ? `@${reference.digest}` : "";
  return `${reference.host}/${reference.repository}${tag}${digest}`;
}

/** What people type and `images` prints: `nginx:latest`, `localhost:5000/a/b:tag`. */
export function familiarReference(_reference: Reference): string {
  throw new KasaneError("internal", "not built yet");
}

/** familiarReference() without tag and digest. */
export function familiarName(_reference: Reference): string {
  throw new KasaneError("internal", "not built yet");
}
