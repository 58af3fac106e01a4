import { collect, isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  type ImageIndex,
  manifestLimitBytes,
  mediaTypes,
  parseManifest,
} from "../oci/mod.ts";
import type { Answer } from "./answer.ts";
import { getManifest } from "./manifests.ts";
import { nextLink } from "./paging.ts";
import type { CallOptions } from "./registry-client.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** Most referrers of one manifest that are read. */
export const referrersLimit = 10_000;

/** end-12a, page after page; the referrers tag schema where the registry has no such endpoint. */
export async function listReferrers(
  session: Session,
  repository: string,
  subject: Digest,
  options: CallOptions = {},
): Promise<Descriptor[]> {
  const action = `cannot list the referrers of ${session.host}/${repository}@${subject}`;
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  let target: string | URL = `/v2/${repository}/referrers/${subject}`;
  while (found.length < referrersLimit) {
    const answer: Answer = await session.request({
      method: "GET",
      target,
      action,
      repository,
      scopes: [repositoryScope(repository, "pull")],
      headers: { accept: mediaTypes.ociIndex },
      // Other registries than those of the specification answer an unknown path in all these ways.
      accept: [200, 400, 404, 405],
      attempts: options.attempts,
      signal: options.signal,
    });
    if (answer.status !== 200) {
      await answer.discard();
      return seen.size === 0 ? fallbackTag(session, repository, subject, options) : found;
    }
    const bytes = await collect(answer.body(), manifestLimitBytes, `${action}: the list`);
    found.push(...readIndex(bytes, action).manifests);
    const next = nextLink(answer.headers.get("link"));
    const url: URL | undefined = next === undefined ? undefined : await session.resolve(next, answer, action);
    // A registry that links in a circle would keep us for ever.
    if (url === undefined || seen.has(url.href)) break;
    seen.add(url.href);
    target = url;
  }
  return found.slice(0, referrersLimit);
}

/** distribution-spec, "Unavailable Referrers API": an index under the tag `<algorithm>-<hex>`. */
async function fallbackTag(
  session: Session,
  repository: string,
  subject: Digest,
  options: CallOptions,
): Promise<Descriptor[]> {
  try {
    const raw = await getManifest(session, repository, subject.replace(":", "-").slice(0, 128), options);
    return [...readIndex(raw.bytes, `cannot list the referrers of ${subject}`).manifests];
  } catch (error) {
    if (isKasaneError(error, "not-found")) return [];
    throw error;
  }
}

function readIndex(bytes: Uint8Array, action: string): ImageIndex {
  const manifest = parseManifest(bytes, mediaTypes.ociIndex);
  if (manifest.kind === "index") return manifest;
  throw new KasaneError("protocol", `${action}: the answer is not an index`);
}
