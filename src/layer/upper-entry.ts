import type { LayerEntry } from "./entry.ts";
import type { DiskEntry } from "./read-tree.ts";

/** One path of an overlay upper directory, and what the lower layers have there. */
export interface UpperEntry {
  readonly path: string;
  /** Absent for the root. */
  readonly parent?: UpperEntry;
  readonly disk: DiskEntry;
  /** What showed at the path before; for a hard link, the file it is a name of. Absent in directories that hide what is below. */
  readonly lower?: LayerEntry;
  /** A removed name. */
  readonly isWhiteout: boolean;
  /** A directory that hides the children it has in lower layers, if it has any. */
  readonly isOpaque: boolean;
  /** Whether it says something that the lower layers do not. */
  isChanged: boolean;
  /** In the archive already, or on the way into it. */
  isEmitted: boolean;
}
