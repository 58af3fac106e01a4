import type { BlobStore } from "../../blob/mod.ts";
import type { Meta } from "../../meta/mod.ts";
import type { ServerLease } from "../../registry/mod.ts";
import type { MirrorRoom } from "./mirror-room.ts";
import type { Patience } from "./patience.ts";
import type { Upstream } from "./upstream.ts";

/** What everything that mirrors works with. */
export interface MirrorParts {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly lease: ServerLease;
  readonly room: MirrorRoom;
  readonly patience: Patience;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
  /** The upstream behind a repository here; undefined where there is none. */
  readonly find: (repository: string) => Mirrored | undefined;
  /** A tag that stays at what it was when it came, whatever the upstream says. */
  readonly isImmutable: (repository: string, tag: string) => boolean;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** A repository here and its original. */
export interface Mirrored {
  readonly upstream: Upstream;
  /** What the repository is called there. */
  readonly remote: string;
}
