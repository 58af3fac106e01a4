import type { Descriptor, Digest } from "../oci/mod.ts";
import type { Caller, Peer } from "./guard.ts";

/** Something that was done and acknowledged: what notifications, audit logs and retention by use are made of. */
export interface RegistryEvent {
  readonly action: "push" | "pull" | "mount" | "delete";
  readonly kind: "manifest" | "blob" | "tag";
  readonly repository: string;
  /** Absent for a deleted tag. */
  readonly digest?: Digest;
  readonly mediaType?: string;
  readonly sizeBytes?: number;
  /** The tags that were written, the tag that was asked for, or what was deleted: with a manifest all that pointed to it. */
  readonly tags: readonly string[];
  /** Where a blob was mounted from. */
  readonly fromRepository?: string;
  /** What a manifest that was pushed refers to. */
  readonly references?: readonly Descriptor[];
  readonly caller: Caller;
  readonly peer: Peer;
  readonly request: Request;
  readonly atMs: number;
}

/** Told of every event. A push, mount or delete is answered when this has resolved; a pull does not wait. */
export interface RegistryObserver {
  /** False spares the registry the making of events nobody wants. */
  wants(action: RegistryEvent["action"]): boolean;
  happened(event: RegistryEvent): void | Promise<void>;
}
