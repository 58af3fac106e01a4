import type { BlobStore } from "../blob/mod.ts";
import type { Meta } from "../meta/mod.ts";
import type { BlobLocations } from "./blob-locations.ts";
import type { KnownBlob } from "./blobs.ts";
import type { Peer, Session } from "./guard.ts";
import type { KnownManifest } from "./manifests.ts";
import type { PullThrough } from "./pull-through.ts";
import type { ReadCache } from "./read-cache.ts";
import type { RegistryEvent, RegistryObserver } from "./registry-events.ts";
import type { RegistryRules } from "./registry-rules.ts";
import type { ServerLease } from "./server-lease.ts";
import type { UploadDesk } from "./upload-desk.ts";

/** What every endpoint works with. */
export interface RegistryContext {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly locations: BlobLocations;
  readonly lease: ServerLease;
  readonly uploads: UploadDesk;
  readonly known: { readonly manifests: ReadCache<KnownManifest>; readonly blobs: ReadCache<KnownBlob> };
  readonly rules: RegistryRules;
  readonly observer: RegistryObserver | undefined;
  readonly pullThrough: PullThrough | undefined;
  /** See RegistryOptions. */
  readonly report: ((error: unknown, request: Request) => void) | undefined;
}

/** One request on its way through an endpoint. */
export interface Exchange extends RegistryContext {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly session: Session;
  readonly peer: Peer;
}

/** Tells the observer, if it wants to know. Awaited for what changes something, so that nothing is acknowledged and not told. */
export function tell(
  { observer, session, peer, request }: Exchange,
  what: Omit<RegistryEvent, "caller" | "peer" | "request" | "atMs">,
): void | Promise<void> {
  if (!observer?.wants(what.action)) return;
  return observer.happened({ ...what, caller: session.caller, peer, request, atMs: Date.now() });
}

/** A pull is answered without waiting for whoever is told of it, and whatever becomes of that. */
export function tellOfPull(exchange: Exchange, what: Parameters<typeof tell>[1] & { action: "pull" }): void {
  tell(exchange, what)?.catch((error) => exchange.report?.(error, exchange.request));
}
