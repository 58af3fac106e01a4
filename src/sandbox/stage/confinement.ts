import type { CgroupEntry } from "../cgroup/cgroup.ts";
import type { Device, Ulimit } from "../isolation.ts";

/** A namespace of its own, that of the machine, or that of a process. */
export type NamespaceSource = "private" | "host" | number;

/** A runtime (runc, crun), and what stands in its configuration of what Kasane does by itself otherwise. */
export interface RuntimePlan {
  readonly program: string;
  readonly id: string;
  readonly cgroupsPath?: string;
  readonly seccomp?: Record<string, unknown>;
  readonly resources: Record<string, unknown>;
  readonly devices: readonly Record<string, unknown>[];
  /** The bundle's. */
  readonly hooks?: Readonly<Record<string, readonly unknown[]>>;
}

/** What the stage does for a step's isolation. */
export interface Confinement {
  /** With the devices of this machine, and proc and sys as they are. */
  readonly isPrivileged: boolean;
  readonly isUnmasked: boolean;
  readonly noNewPrivileges: boolean;
  /** By number: what is kept of those there are. */
  readonly capabilities: readonly number[];
  /** System call filters, encodeProgram(). */
  readonly filters: readonly string[];
  readonly appArmorProfile?: string;
  readonly devices: readonly Device[];
  readonly groupAdd: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly Ulimit[];
  readonly oomScoreAdj?: number;
  readonly hasSharedMemory: boolean;
  readonly sharedMemoryBytes: number;
  readonly namespaces: {
    readonly pid: NamespaceSource;
    readonly ipc: NamespaceSource;
    readonly uts: NamespaceSource;
    readonly cgroup: NamespaceSource;
  };
  readonly cgroup?: CgroupEntry;
  /** Another program that runs the program, from a bundle. */
  readonly runtime?: RuntimePlan;
  /** The program that is process 1 in place of the program, makeInit(). */
  readonly init?: string;
}
