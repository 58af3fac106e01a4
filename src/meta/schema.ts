import { buildHistorySchema } from "./schema/build-history.ts";
import { claimEndsSchema } from "./schema/claim-ends.ts";
import { garbageSchema } from "./schema/garbage.ts";
import { imageFactsSchema } from "./schema/image-facts.ts";
import { imageSpacesSchema } from "./schema/image-spaces.ts";
import { outboxSchema } from "./schema/outbox.ts";
import { referrersSchema } from "./schema/referrers.ts";
import { revisionSchema } from "./schema/revision.ts";
import { robotsSchema } from "./schema/robots.ts";
import { storeSchema } from "./schema/store.ts";
import { uploadClientsSchema } from "./schema/upload-clients.ts";
import { uploadsSchema } from "./schema/uploads.ts";
import { upstreamsSchema } from "./schema/upstreams.ts";
import { usageSchema } from "./schema/usage.ts";

/**
 * The schema as a list of migrations: entry N brings a database from version N to N + 1. What was released is never edited, only
 * followed by another entry. Digests and keys are text; times are ms since the epoch; JSON columns are written and read in one file each.
 */
export const migrations: readonly string[] = [
  storeSchema,
  [garbageSchema, robotsSchema, outboxSchema, upstreamsSchema, revisionSchema, uploadsSchema].join("\n"),
  uploadClientsSchema,
  referrersSchema,
  usageSchema,
  imageFactsSchema,
  buildHistorySchema,
  claimEndsSchema,
  imageSpacesSchema,
];
