import type { BlobStore } from "../blob/mod.ts";
import type { Meta } from "../meta/mod.ts";
import { BlobLocations } from "./blob-locations.ts";
import { deleteBlob, getBlob, type KnownBlob } from "./blobs.ts";
import { listRepositories } from "./catalog.ts";
import type { Exchange } from "./context.ts";
import { failureOf, failureResponse, RegistryFailure } from "./errors.ts";
import { type Action, type Guard, type Peer, unguarded } from "./guard.ts";
import { deleteManifest, getManifest, type KnownManifest, putManifest } from "./manifests.ts";
import type { PullThrough } from "./pull-through.ts";
import { ReadCache } from "./read-cache.ts";
import { listReferrers } from "./referrers.ts";
import type { RegistryObserver } from "./registry-events.ts";
import { noRules, type RegistryRules } from "./registry-rules.ts";
import { replyJson } from "./reply.ts";
import { RouteCache } from "./route-cache.ts";
import type { Route } from "./router.ts";
import { ServerLease } from "./server-lease.ts";
import { listTags } from "./tags.ts";
import { UploadDesk } from "./upload-desk.ts";
import { appendToUpload, beginUpload, cancelUpload, finishUpload, getUpload } from "./uploads.ts";

export interface RegistryOptions {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  /** Absent: everybody may do everything. */
  readonly guard?: Guard;
  /** Asked for on every request, so that they may change while serving. */
  readonly rules?: () => RegistryRules;
  readonly observer?: RegistryObserver;
  readonly pullThrough?: PullThrough;
  /** Told of failures that are the registry's own: the client only learns that there was one. */
  readonly report?: (error: unknown, request: Request) => void;
}

/** `peer` is who is at the other end of the connection. Never rejects. */
export type Registry = (request: Request, peer?: Peer) => Promise<Response>;

interface Endpoint<R> {
  /** What the caller must be allowed to do in the route's repository; `entry`: no more than to come in. */
  readonly needs: Action | "entry";
  readonly answer: (exchange: Exchange, route: R) => Promise<Response>;
}
type RouteOf<K extends Route["kind"]> = Extract<Route, { kind: K }>;

/** The API as a table: kind of path → method → endpoint. HEAD is GET without the body. */
const endpoints: { [K in Route["kind"]]: Readonly<Record<string, Endpoint<RouteOf<K>>>> } = {
  base: { GET: { needs: "entry", answer: async ({ request }) => replyJson(request, {}) } },
  catalog: { GET: { needs: "entry", answer: listRepositories } },
  manifest: {
    GET: { needs: "pull", answer: getManifest },
    PUT: { needs: "push", answer: putManifest },
    DELETE: { needs: "delete", answer: deleteManifest },
  },
  blob: { GET: { needs: "pull", answer: getBlob }, DELETE: { needs: "delete", answer: deleteBlob } },
  uploads: { POST: { needs: "push", answer: beginUpload } },
  upload: {
    GET: { needs: "push", answer: getUpload },
    PATCH: { needs: "push", answer: appendToUpload },
    PUT: { needs: "push", answer: finishUpload },
    DELETE: { needs: "push", answer: cancelUpload },
  },
  tags: { GET: { needs: "pull", answer: listTags } },
  referrers: { GET: { needs: "pull", answer: listReferrers } },
};

/** For manifests and for small blobs each. */
const knownLimitBytes = 16 * 1024 * 1024;

/** Nobody changes it. */
const noQuery = new URLSearchParams();
const somebody: Peer = { address: "" };

/**
 * A registry after OCI distribution-spec 1.1 (and what its main branch adds), as a function from Request to Response. It keeps
 * nothing in memory that a restart would lose; several of them may share one store.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { blobs, meta } = options;
  const lease = new ServerLease(meta.leases);
  const revision = () => meta.repositories.revision();
  const parts = {
    blobs,
    meta,
    lease,
    locations: new BlobLocations(blobs),
    uploads: new UploadDesk({ blobs, meta, lease }),
    known: {
      manifests: new ReadCache<KnownManifest>({ revision, limitBytes: knownLimitBytes }),
      blobs: new ReadCache<KnownBlob>({ revision, limitBytes: knownLimitBytes }),
    },
    observer: options.observer,
    pullThrough: options.pullThrough,
    report: options.report,
  };
  const routes = new RouteCache();
  return async (request, peer = somebody) => {
    try {
      const admitted = options.guard?.admit(request, peer) ?? unguarded;
      const session = admitted instanceof Promise ? await admitted : admitted;
      const rules = options.rules?.() ?? noRules;
      const located = routes.find(request.url);
      const query = located.query === "" ? noQuery : new URLSearchParams(located.query);
      return await answer({ ...parts, rules, request, peer, session, query }, located.route);
    } catch (error) {
      const failure = failureOf(error);
      // An answer that was meant, such as a mirror whose upstream is down, is no failure of ours.
      if (failure.status >= 500 && error !== failure) options.report?.(error, request);
      return failureResponse(failure, request.method);
    }
  };
}

function answer(exchange: Exchange, named: Route | undefined): Promise<Response> {
  const { request } = exchange;
  if (named === undefined) {
    throw new RegistryFailure("UNSUPPORTED", { status: 404, message: "no such endpoint" });
  }
  const methods = endpoints[named.kind] as Readonly<Record<string, Endpoint<Route>>>;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const endpoint = Object.hasOwn(methods, method) ? methods[method]! : undefined;
  if (endpoint === undefined) {
    const allow = Object.keys(methods).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
    throw new RegistryFailure("UNSUPPORTED", { headers: { allow: allow.join(", ") } });
  }
  const { route, namespace } = resolve(exchange, named);
  permit(exchange, endpoint.needs, route);
  const answered = endpoint.answer(exchange, route);
  if (namespace === undefined) return answered;
  return answered.then((response) => {
    response.headers.set("oci-namespace", namespace);
    return response;
  });
}

/** A request may name an upstream by `ns` or by its host instead of by the repository. */
function resolve(
  { pullThrough, query, request }: Exchange,
  route: Route,
): { route: Route; namespace?: string } {
  if (pullThrough === undefined || !("repository" in route)) return { route };
  const resolved = pullThrough.resolve({
    repository: route.repository,
    namespace: query.get("ns") ?? undefined,
    host: request.headers.get("host") ?? undefined,
    via: request.headers.get("via") ?? undefined,
  });
  return resolved
    ? { route: { ...route, repository: resolved.repository }, namespace: resolved.namespace }
    : { route };
}

/** @throws RegistryFailure UNAUTHORIZED, DENIED; UNSUPPORTED for what this registry does for nobody */
function permit({ rules, session }: Exchange, needs: Action | "entry", route: Route): void {
  if (needs === "entry") {
    if (!session.isAdmitted) throw session.refusal([]);
    return;
  }
  const repository = "repository" in route ? route.repository : "";
  if (!session.allows(needs, repository)) throw session.refusal([{ repository, actions: wantedWith(needs) }]);
  if (needs === "pull") return;
  if (rules.isReadOnly) {
    throw new RegistryFailure("UNSUPPORTED", { message: "the registry is read-only at present" });
  }
  if (needs === "delete" && !rules.isDeleteEnabled) {
    throw new RegistryFailure("UNSUPPORTED", { message: "deleting is switched off in this registry" });
  }
}

/** What a client that logs in for `action` will want as well: whoever pushes looks first what is there. */
function wantedWith(action: Action): readonly Action[] {
  return action === "push" ? ["pull", "push"] : [action];
}
