import type { ImageSummary, LocalStore } from "../../store/mod.ts";
import { createdAtMs } from "./image-rows.ts";

export type { ImageSummary };

/** What lists tell of each image, with the time that they show: when it was built here, else what its config says. */
export async function imageSummaries(store: Pick<LocalStore, "summaries">): Promise<ImageSummary[]> {
  return (await store.summaries()).map((image) => {
    const created = createdAtMs(image);
    return created === undefined ? image : { ...image, createdAtMs: created };
  });
}
