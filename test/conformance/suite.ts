import type { Check } from "./check.ts";
import { blobTable } from "./checks/blobs.ts";
import { contentTable } from "./checks/content.ts";
import { listingTable } from "./checks/listing.ts";
import { manifestTable } from "./checks/manifests.ts";
import { protocolTable } from "./checks/protocol.ts";
import { referrerTable } from "./checks/referrers.ts";
import { uploadTable } from "./checks/uploads.ts";

/** Every claim that the specification makes about a registry, as far as this suite knows. */
export const suite: readonly Check[] = [
  ...protocolTable,
  ...blobTable,
  ...uploadTable,
  ...contentTable,
  ...manifestTable,
  ...listingTable,
  ...referrerTable,
];
