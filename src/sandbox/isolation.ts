import type { CapabilityChanges } from "./capabilities.ts";
import type { Hook } from "./cdi/spec.ts";
import type { Resources } from "./cgroup/resources.ts";

/** A device of this machine that is shown inside. */
export interface Device {
  /** Here: a device, or a directory of them. */
  readonly source: string;
  readonly target: string;
  /** Of `r`, `w` and `m`: for the control group, where there is one. */
  readonly permissions: string;
  /** Where it is not to be as `source` is. */
  readonly node?: DeviceNode & { /** `source` is the same device. */ readonly isOnHost: boolean };
}

/** What a device node is. */
export interface DeviceNode {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Ulimit {
  /** As in setrlimit(2), without RLIMIT_ and in small letters. */
  readonly name: string;
  /** -1: no limit. */
  readonly soft: number;
  readonly hard: number;
}

/**
 * What parts a program from its machine, where that is not the usual. The modes are Docker's words: `host`, `container:ID`, `private` and so on;
 * absent is private.
 */
export interface Isolation extends CapabilityChanges {
  /** As they were given, for `inspect`. */
  readonly securityOpt?: readonly string[];
  /** A seccomp profile in JSON, or `unconfined`. */
  readonly seccompProfile?: string;
  /** Set-uid programs (sudo, su) gain nothing. Off by default, as Docker has it. */
  readonly noNewPrivileges?: boolean;
  readonly appArmorProfile?: string;
  /** Nothing of proc and sys is hidden or read-only. */
  readonly isUnmasked?: boolean;
  readonly devices?: readonly Device[];
  /** `vendor.com/class=name`: by the Container Device Interface, looked up when the program starts: injectDevices(). */
  readonly cdiDevices?: readonly string[];
  /** Absent: usualSpecDirectories. */
  readonly cdiSpecDirs?: readonly string[];
  /** Programs that `runtime` calls. */
  readonly hooks?: readonly Hook[];
  /** For the control group, as the kernel writes them: `c 1:3 rwm`. */
  readonly deviceRules?: readonly string[];
  /** Groups besides the user's own, by name or number. */
  readonly groupAdd?: readonly string[];
  /** A process 1 that passes signals on and reaps, around the program. */
  readonly init?: boolean;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly utsMode?: string;
  readonly cgroupnsMode?: string;
  readonly usernsMode?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly ulimits?: readonly Ulimit[];
  readonly oomScoreAdj?: number;
  readonly shmSizeBytes?: number;
  /** A runtime that runs the program instead of Kasane: by name, or by the path of its program. */
  readonly runtime?: string;
  readonly resources?: Resources;
  readonly cgroupParent?: string;
}
