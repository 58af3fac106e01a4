import type { FileSystemBlobStore } from "../../blob/mod.ts";
import type { Meta } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { Finding, FsckReport } from "./finding.ts";

/** What every step of a check works with. */
export interface FsckContext {
  readonly root: string;
  readonly meta: Meta;
  readonly blobs: FileSystemBlobStore;
  /** Runs `work` while nobody may remove what has this digest. */
  readonly holding: <T>(digest: Digest, work: () => Promise<T>) => Promise<T>;
  readonly report: FsckReport;
  readonly isQuick: boolean;
  readonly isRepair: boolean;
  readonly jobs: number;
  readonly found: (finding: Finding) => void;
  /** Tells how far it is, and ends the check where it was called off. */
  readonly progress: (step: string) => void;
}
