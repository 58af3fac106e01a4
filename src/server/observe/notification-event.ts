import type { RegistryEvent } from "../../registry/mod.ts";
import { requestIdOf } from "./request-notes.ts";
import { pathStart } from "./route-kind.ts";

/**
 * What distribution 2.x sends (3.x says `v2` and sends the same members). An endpoint that insists on another one gets it as a
 * `Content-Type` among its headers.
 */
export const notificationMediaType = "application/vnd.docker.distribution.events.v1+json";

/** Distribution says this of every blob. */
const blobMediaType = "application/octet-stream";
/** What a client sends ends up in every row of the outbox. */
const textLimit = 512;
/** Likewise: a manifest may name thousands. Real ones have under 150. */
const referenceLimit = 500;

/** Who makes events: `addr` is host name and port, `instanceID` changes with each start. */
export interface EventSource {
  readonly addr: string;
  readonly instanceID: string;
}

export interface EventShape {
  readonly source: EventSource;
  /** The URL clients know this registry by; absent: the one the request came to. */
  readonly externalUrl?: string;
  /** Path before `/v2/`, as HttpConfig has it. */
  readonly prefix?: string;
}

/** An event as JSON, with and without `target.references`; and what endpoints choose by. */
export interface NotificationEvent {
  readonly action: RegistryEvent["action"];
  readonly mediaType: string;
  text(options: { includesReferences: boolean }): string;
}

interface Target {
  readonly mediaType?: string;
  readonly size?: number;
  readonly digest?: string;
  readonly length?: number;
  readonly repository: string;
  readonly fromRepository?: string;
  readonly url?: string;
  readonly tag?: string;
}

/**
 * One event of ours in the format of distribution's notifications: one for each tag that was written, because its target has room
 * for one; and for a deleted manifest one for each tag that went with it.
 */
export function notificationsOf(event: RegistryEvent, shape: EventShape): NotificationEvent[] {
  return targetsOf(event, shape).map((target) => {
    const { request, peer, caller } = event;
    const common = {
      id: crypto.randomUUID(),
      timestamp: new Date(event.atMs).toISOString(),
      action: event.action,
    };
    const rest = {
      request: {
        id: requestIdOf(request),
        ...(peer.address === "" ? {} : { addr: peer.address }),
        ...hostOf(request),
        method: request.method,
        useragent: (request.headers.get("user-agent") ?? "").slice(0, textLimit),
      },
      actor: caller.name === "" ? {} : { name: caller.name },
      source: shape.source,
    };
    const references = event.references
      ?.slice(0, referenceLimit)
      .map(({ mediaType, size, digest, ...more }) => ({
        mediaType,
        size,
        digest,
        ...(more.platform === undefined ? {} : { platform: more.platform }),
      }));
    return {
      action: event.action,
      mediaType: target.mediaType ?? "",
      text: ({ includesReferences }) =>
        JSON.stringify({
          ...common,
          target: includesReferences && references?.length ? { ...target, references } : target,
          ...rest,
        }),
    };
  });
}

function targetsOf(event: RegistryEvent, shape: EventShape): Target[] {
  const { repository, digest, tags, kind } = event;
  if (event.action === "delete") {
    const gone = tags.map((tag) => ({ repository, tag }));
    return digest === undefined ? gone : [{ digest, repository }, ...gone];
  }
  const size = event.sizeBytes;
  const whole = {
    mediaType: kind === "blob" ? blobMediaType : event.mediaType,
    // Go leaves out what is empty, and receivers have learnt to live with that.
    ...(size === undefined || size === 0 ? {} : { size }),
    digest,
    ...(size === undefined || size === 0 ? {} : { length: size }),
    repository,
    ...(event.fromRepository === undefined ? {} : { fromRepository: event.fromRepository }),
    url: `${baseUrl(event.request, shape)}/v2/${repository}/${kind === "blob" ? "blobs" : "manifests"}/${digest}`,
  } as Target;
  return tags.length === 0 ? [whole] : tags.map((tag) => ({ ...whole, tag }));
}

function baseUrl(request: Request, { externalUrl, prefix = "" }: EventShape): string {
  return originOf(request, externalUrl).replace(/\/+$/, "") + prefix.replace(/\/+$/, "");
}

/** Behind a proxy that ends TLS the request's own URL says http: the proxy's word counts, as for distribution. */
function originOf(request: Request, externalUrl: string | undefined): string {
  if (externalUrl !== undefined) return externalUrl;
  const own = request.url.slice(0, pathStart(request.url));
  const told = request.headers.get("x-forwarded-proto");
  return (told === "https" || told === "http" ? own.replace(/^[a-z]+(?=:\/\/)/, told) : own).slice(
    0,
    textLimit,
  );
}

function hostOf(request: Request): { host?: string } {
  const host = request.headers.get("host");
  return host === null || host === "" ? {} : { host: host.slice(0, textLimit) };
}
