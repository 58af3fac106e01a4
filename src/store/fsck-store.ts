import type { FsckReport } from "./fsck/finding.ts";
import type { FsckOptions } from "./fsck/fsck.ts";
import type { LocalStore } from "./local-store.ts";

/** See fsck/fsck.ts, which is loaded when it is used. */
export async function fsckStore(store: LocalStore, options: FsckOptions = {}): Promise<FsckReport> {
  const { checkStore } = await import("./fsck/fsck.ts");
  return checkStore(store, options);
}
