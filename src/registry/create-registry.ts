import type { BlobStore } from "../blob/mod.ts";
import type { Meta } from "../meta/mod.ts";
import { BlobLocations } from "./blob-locations.ts";
import { deleteBlob, getBlob } from "./blobs.ts";
import { listRepositories } from "./catalog.ts";
import type { Exchange, RegistryContext } from "./context.ts";
import { failureOf, failureResponse, RegistryFailure } from "./errors.ts";
import { deleteManifest, getManifest, putManifest } from "./manifests.ts";
import { listReferrers } from "./referrers.ts";
import { replyJson } from "./reply.ts";
import { type Route, routeOf, splitUrl } from "./router.ts";
import { ServerLease } from "./server-lease.ts";
import { listTags } from "./tags.ts";
import { UploadDesk } from "./upload-desk.ts";
import { appendToUpload, beginUpload, cancelUpload, finishUpload, getUpload } from "./uploads.ts";

export interface RegistryOptions {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  /** Told of failures that are the registry's own: the client only learns that there was one. */
  readonly report?: (error: unknown, request: Request) => void;
}

type Endpoint<R> = (exchange: Exchange, route: R) => Promise<Response>;
type RouteOf<K extends Route["kind"]> = Extract<Route, { kind: K }>;

/** The API as a table: kind of path → method → endpoint. HEAD is GET without the body. */
const endpoints: { [K in Route["kind"]]: Readonly<Record<string, Endpoint<RouteOf<K>>>> } = {
  base: { GET: async ({ request }) => replyJson(request, {}) },
  catalog: { GET: listRepositories },
  manifest: { GET: getManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: getBlob, DELETE: deleteBlob },
  uploads: { POST: beginUpload },
  upload: { GET: getUpload, PATCH: appendToUpload, PUT: finishUpload, DELETE: cancelUpload },
  tags: { GET: listTags },
  referrers: { GET: listReferrers },
};

/**
 * A registry after OCI distribution-spec 1.1 (and what its main branch adds), as a function from Request to Response. It keeps
 * nothing in memory that a restart would lose; several of them may share one store. Never rejects.
 */
export function createRegistry(options: RegistryOptions): (request: Request) => Promise<Response> {
  const { blobs, meta } = options;
  const lease = new ServerLease(meta.leases);
  const context: RegistryContext = {
    blobs,
    meta,
    lease,
    locations: new BlobLocations(blobs),
    uploads: new UploadDesk({ blobs, meta, lease }),
  };
  return async (request) => {
    try {
      return await answer(context, request);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.status >= 500) options.report?.(error, request);
      return failureResponse(failure, request.method);
    }
  };
}

async function answer(context: RegistryContext, request: Request): Promise<Response> {
  const { path, query } = splitUrl(request.url);
  const route = routeOf(path);
  if (route === undefined) {
    throw new RegistryFailure("UNSUPPORTED", { status: 404, message: "no such endpoint" });
  }
  const methods = endpoints[route.kind] as Readonly<Record<string, Endpoint<Route>>>;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (endpoint === undefined) {
    const allow = Object.keys(methods).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
    throw new RegistryFailure("UNSUPPORTED", { headers: { allow: allow.join(", ") } });
  }
  return endpoint({ ...context, request, query: new URLSearchParams(query) }, route);
}
