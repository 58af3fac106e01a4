import type { ReferrerRecord } from "../meta/mod.ts";
import { type Descriptor, type Digest, isDigest, mediaTypes } from "../oci/mod.ts";
import { checkDigest } from "./blobs.ts";
import type { Exchange } from "./context.ts";
import { letOthersGo } from "./let-others-go.ts";
import { replyJson } from "./reply.ts";

/** A page ends at whichever comes first. Annotations are copied into it, so the number alone says little about its size. */
const pageLimitEntries = 1000;
const pageLimitCharacters = 2 * 1024 * 1024;
/** Each may have 8 MiB of annotations or of layers that SQLite reads over: so many at a time, and other requests in between. */
const batchSize = 10;

/** end-12: an index of the manifests whose subject is `digest`; empty where there are none, known digest or not. */
export async function listReferrers(
  exchange: Exchange,
  route: { repository: string; digest: string },
): Promise<Response> {
  const subject = checkDigest(route.digest);
  const artifactType = exchange.query.get("artifactType") || undefined;
  const last = exchange.query.get("last") ?? "";
  if (exchange.pullThrough?.covers(route.repository)) {
    await exchange.pullThrough.freshenReferrers(route.repository, subject);
  }
  const { manifests, next } = await readReferrers(exchange, {
    repository: route.repository,
    subject,
    artifactType,
    after: isDigest(last) ? last : undefined,
  });
  const params = new URLSearchParams({
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(next === undefined ? {} : { last: next }),
  });
  return replyJson(
    exchange.request,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      "content-type": mediaTypes.ociIndex,
      ...(artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }),
      ...(next === undefined
        ? {}
        : { link: `</v2/${route.repository}/referrers/${subject}?${params}>; rel="next"` }),
    },
  );
}

async function readReferrers(
  { meta, request }: Exchange,
  query: {
    repository: string;
    subject: Digest;
    artifactType: string | undefined;
    after: Digest | undefined;
  },
): Promise<{ manifests: Descriptor[]; next: Digest | undefined }> {
  const manifests: Descriptor[] = [];
  let { after } = query;
  for (let characters = 0; ; ) {
    const batch = await meta.repositories.referrers(query.repository, query.subject, {
      limit: batchSize,
      ...(after === undefined ? {} : { after }),
      ...(query.artifactType === undefined ? {} : { artifactType: query.artifactType }),
    });
    for (const record of batch) {
      const descriptor = referrerDescriptor(record);
      characters += JSON.stringify(descriptor).length;
      if (
        manifests.length > 0 &&
        (characters > pageLimitCharacters || manifests.length >= pageLimitEntries)
      ) {
        return { manifests, next: after };
      }
      manifests.push(descriptor);
      after = record.digest;
    }
    // Nobody reads the answer to a client that has gone.
    if (batch.length < batchSize || request.signal.aborted) return { manifests, next: undefined };
    await letOthersGo();
  }
}

/** An index without an artifact type of its own has none. */
function referrerDescriptor({
  mediaType,
  digest,
  sizeBytes,
  artifactType,
  annotations,
}: ReferrerRecord): Descriptor {
  return {
    mediaType,
    digest,
    size: sizeBytes,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
