import { KasaneError } from "../lib/errors.ts";
import type { ContainerRecord } from "../meta/mod.ts";
import type { Digest, RuntimeConfig } from "../oci/mod.ts";
import type { Isolation } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Health } from "./health/health.ts";
import type { LogSettings } from "./log/log-entry.ts";
import type { ConnectionSettings } from "./network/connection.ts";
import type { RunningNetwork } from "./network/container-network.ts";
import type { NetworkMode } from "./network/network-mode.ts";
import type { RestartPolicy } from "./restart-policy.ts";
import type { AskedMounts, ContainerMount } from "./volumes/container-mount.ts";
import type { WorkingSettings } from "./working-settings.ts";

/** A container: an image's layers with a writable directory on top, and what is to run in them. */
export interface Container {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  /** The platform's manifest. */
  readonly manifest: Digest;
  readonly createdAtMs: number;
  readonly settings: ContainerSettings;
  readonly state: ContainerState;
}

/** What was decided when the container was created. */
export interface ContainerSettings {
  /** The image as it was asked for. */
  readonly image: string;
  /** Digest of the image's config. */
  readonly imageId: Digest;
  /** The image's configuration with the container's own: what a commit starts from. */
  readonly config: RuntimeConfig;
  readonly hostname: string;
  readonly mounts: readonly ContainerMount[];
  /** How they were asked for; absent where nothing was. */
  readonly askedMounts?: AskedMounts;
  readonly network: NetworkMode;
  /** Published ports and name servers. */
  readonly connection?: ConnectionSettings;
  readonly readOnlyRoot: boolean;
  readonly terminal: boolean;
  /** Its standard input is open while nobody is attached. */
  readonly openStdin?: boolean;
  /** What parts it from its machine, where that is not the usual. */
  readonly isolation?: Isolation;
  /** Absent: as defaultLogLimits says. */
  readonly log?: LogSettings;
  /** Made to run with nobody attached. */
  readonly detached?: boolean;
  readonly restart?: RestartPolicy;
  /** What `stop` sends; absent: the image's, else SIGTERM. */
  readonly stopSignal?: string;
  /** How long `stop` waits before it kills, s; absent: 10. */
  readonly stopTimeoutS?: number;
  /** Removed when its process has ended; by the next command where this one did not live to do it. */
  readonly removeWhenDone: boolean;
  /** Set for a working container: made by `from`, changed command by command, and committed. */
  readonly working?: WorkingSettings;
  /** Set where it only keeps an image that is mounted: see mount-image.ts. */
  readonly isImageMount?: boolean;
}

export type ContainerState =
  | { readonly kind: "created" }
  | {
      readonly kind: "running";
      readonly startedAtMs: number;
      /** Of the kasane process that runs it. */
      readonly pid: number;
      /** Of its program; absent until that has begun. */
      readonly programPid?: number;
      readonly network?: RunningNetwork;
      readonly restarts?: number;
      /** The code of the run before this one: waiting to begin again. */
      readonly restartingAfter?: number;
      readonly isPaused?: boolean;
      /** Absent where nothing is checked. */
      readonly health?: Health;
    }
  | {
      readonly kind: "exited";
      readonly startedAtMs: number;
      readonly finishedAtMs: number;
      /** Absent when nobody was there to see it. */
      readonly exitCode?: number;
      /** The kernel ended it for want of memory. */
      readonly isOutOfMemory?: boolean;
      /** Why it could not be started. */
      readonly error?: string;
      readonly restarts?: number;
      readonly health?: Health;
    };

const version = 1;

/** The row that stands for a container. */
export function recordOf(container: Container): ContainerRecord {
  const { id, name, manifest, createdAtMs } = container;
  return { id, name, image: manifest, value: encodeContainer(container), createdAtMs };
}

export function encodeContainer({ settings, state }: Pick<Container, "settings" | "state">): string {
  return JSON.stringify({ version, settings, state });
}

/** The container a row stands for. What was running under a process that is dead is told as exited. */
export async function decodeContainer(store: LocalStore, record: ContainerRecord): Promise<Container> {
  const value = JSON.parse(record.value) as { version?: number } & Pick<Container, "settings" | "state">;
  if (value.version !== version) {
    throw new KasaneError("unsupported", `container ${record.name} was made by another version of kasane`, {
      hint: "use that version, or remove the container with rm -f and make it again",
    });
  }
  const { settings, state } = value;
  const isLost = state.kind === "running" && !(await store.meta.leases.isHeld(containerKey(record.id)));
  return {
    id: record.id,
    name: record.name,
    manifest: record.image,
    createdAtMs: record.createdAtMs,
    settings,
    state: isLost
      ? { kind: "exited", startedAtMs: state.startedAtMs, finishedAtMs: state.startedAtMs }
      : state,
  };
}

/** What a lease holds while the container runs. */
export function containerKey(id: string): string {
  return `container:${id}`;
}
