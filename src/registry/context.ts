import type { BlobStore } from "../blob/mod.ts";
import type { Meta } from "../meta/mod.ts";
import type { BlobLocations } from "./blob-locations.ts";
import type { ServerLease } from "./server-lease.ts";
import type { UploadDesk } from "./upload-desk.ts";

/** What every endpoint works with. */
export interface RegistryContext {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly locations: BlobLocations;
  readonly lease: ServerLease;
  readonly uploads: UploadDesk;
}

/** One request on its way through an endpoint. */
export interface Exchange extends RegistryContext {
  readonly request: Request;
  readonly query: URLSearchParams;
}
