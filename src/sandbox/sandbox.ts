import type { CgroupEntry } from "./cgroup/cgroup.ts";
import type { Isolation } from "./isolation.ts";

/** What the root file system of a step is made of. Mounted inside the step's own mount namespace, so nothing stays. */
export type RootFilesystem =
  | {
      readonly kind: "overlay";
      /** Top layer first. */
      readonly lower: readonly string[];
      readonly upper: string;
      /** Empty, on the file system of `upper`. Both are used by one step at a time. */
      readonly work: string;
      /**
       * Honour fsync inside. Without it, a system crash may damage `upper`: right for a build step, whose result is read
       * at once or thrown away, and several times faster for package managers.
       */
      readonly durable?: boolean;
    }
  /** Without what is mounted below it. */
  | { readonly kind: "directory"; readonly path: string };

/** How mounts that are made later below a bind mount, here or inside, are seen on the other side: mount_namespaces(7). */
export type Propagation = "private" | "slave" | "shared";

export interface BindMount {
  readonly kind: "bind";
  readonly source: string;
  /** A path below `source` that is shown in place of it. Symlinks in it do not lead out of `source`. */
  readonly subpath?: string;
  /** Absolute path inside. Symlinks in it are resolved inside the root. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly noSetuid?: boolean;
  readonly noExecute?: boolean;
  /** Absent: private. */
  readonly propagation?: Propagation;
  /** Without what is mounted below the source. */
  readonly nonRecursive?: boolean;
  /** Before the program begins, everything in it is given to the program's user. */
  readonly giveToUser?: boolean;
}

export interface TmpfsMount {
  readonly kind: "tmpfs";
  readonly target: string;
  readonly sizeBytes?: number;
  /** Absent: that of the directory it hides, where the image has one; else 1777. */
  readonly mode?: number;
  /** Absent: programs can be executed, and it can be written. */
  readonly flags?: TmpfsFlags;
  /** More of tmpfs(5)'s own options. */
  readonly data?: string;
}

export interface TmpfsFlags {
  readonly readOnly?: boolean;
  readonly noExecute?: boolean;
  readonly allowSetuid?: boolean;
  readonly allowDevices?: boolean;
}

/** Layers, top first, that are read and not written: the files of another image. */
export interface LayersMount {
  readonly kind: "layers";
  readonly lower: readonly string[];
  readonly target: string;
}

/** A file that is nowhere but in the memory of the step's own namespace: whatever is killed, nothing of it stays. Read-only. */
export interface FileMount {
  readonly kind: "file";
  /** Its content; a step is described in JSON. */
  readonly base64: string;
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type SandboxMount = BindMount | TmpfsMount | FileMount | LayersMount;

/** Whoever returns a promise is handed no more until it resolves, and the program waits in its writes. */
export type StepOutput = (stream: "stdout" | "stderr", chunk: Uint8Array) => void | Promise<void>;

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** The other side of a step's terminal. */
export interface Pty {
  /** Types. */
  write(chunk: Uint8Array): Promise<void>;
  resize(size: WindowSize): void;
}

export type Stdio =
  /** Output is handed to `output` as it comes; stdin is empty, or what `stdin` gives. */
  | { readonly kind: "pipe"; readonly output: StepOutput; readonly stdin?: ReadableStream<Uint8Array> }
  /** The caller's own descriptors: `run` without -t. With `tee` the output passes through this process and is handed to that as well. */
  | { readonly kind: "inherit"; readonly stdin: boolean; readonly tee?: StepOutput }
  /** A pty for the step; the caller's terminal is raw meanwhile and window sizes follow. */
  | { readonly kind: "terminal"; readonly stdin: boolean; readonly tee?: StepOutput }
  /** A pty for the step, with nobody's terminal at its other side: what is written there is handed to `output`. */
  | {
      readonly kind: "pty";
      readonly size: WindowSize;
      readonly output: (chunk: Uint8Array) => void | Promise<void>;
      readonly onOpen: (pty: Pty) => void;
    };

/** A step's program while it runs. */
export interface RunningProgram {
  /** As this process sees it; process 1 of its own namespace. */
  readonly pid: number;
  /** SIGKILL goes to everything in it. Others reach the program only where it handles them, as process 1 does. */
  kill(signal: NodeJS.Signals): void;
  /** True where it would live on because it has no handler for it: the kernel spares process 1. */
  isDeafTo(signal: NodeJS.Signals): boolean;
}

/** A network namespace of the step's own, with nothing but loopback until somebody connects it. */
export interface OwnNetwork {
  readonly kind: "own";
  /**
   * Called with a process that is in it, as this process sees it; the program begins when what this resolves with
   * is set, and what it rejects with is what the
   * step ends with.
   */
  readonly connect: (pid: number) => Promise<readonly InterfaceSetup[]>;
}

/** What is still to be set, in the namespace itself, of a device that is there. */
export interface InterfaceSetup {
  readonly device: string;
  /** What it is called from then on; `lo:1` is a second address of `lo`. */
  readonly name: string;
  /** IPv4. */
  readonly address: string;
  readonly prefixLength: number;
  /** Where everything else is reached. */
  readonly gateway?: string;
}

/** The network namespace of a process that is there, of this user namespace. */
export interface SharedNetwork {
  readonly kind: "of";
  readonly pid: number;
}

export interface SharedNamespaces {
  readonly pid?: number;
  readonly ipc?: number;
}

/** One process, to its end, in a root file system. */
export interface SandboxStep {
  readonly rootfs: RootFilesystem;
  readonly argv: readonly string[];
  /** `NAME=value`. PATH and HOME are added where absent (HOME from the user's passwd entry). */
  readonly env: readonly string[];
  /** Absolute; made (root, 0755) where it does not exist. */
  readonly cwd: string;
  /** `""`, `name`, `uid`, `name:group`, `uid:gid` as in USER; looked up in the root's own /etc/passwd and /etc/group. */
  readonly user: string;
  readonly hostname: string;
  readonly mounts: readonly SandboxMount[];
  /** `none`: a namespace of its own, with loopback. */
  readonly network: "host" | "none" | OwnNetwork | SharedNetwork;
  readonly readOnlyRoot?: boolean;
  readonly isolation?: Isolation;
  /** Processes whose namespaces it shares, for the modes `container:` of `isolation`. */
  readonly share?: SharedNamespaces;
  /** Its name for a runtime, where one is to run it. */
  readonly id?: string;
  /** What was found out on the way here, for whoever is told of warnings. */
  readonly warnings?: readonly string[];
  /** The control groups it runs in. */
  readonly cgroup?: CgroupEntry;
  readonly stdio: Stdio;
  /** Kills the step and everything it started. */
  readonly signal?: AbortSignal;
  /** Called when everything is in place and the program begins. */
  readonly onStarted?: (program: RunningProgram) => void;
  /** Taken where it fits: it has the namespaces that this step would be started in. */
  readonly prepared?: PreparedStart | undefined;
}

/** What of a start takes time (processes, namespaces), done before the step is known. Nothing of it outlives this process. */
export interface PreparedStart {
  readonly network: "host" | "none";
  /** Ends it where no step has taken it. Idempotent. */
  dispose(): Promise<void>;
}

export interface ExitStatus {
  /** The process's own, or 128 + signal. */
  readonly code: number;
  readonly signal?: string;
  /**
   * Clean paths that exist in the upper directory only because something was mounted there or a working directory was made
   * (etc/resolv.conf, proc …): not the step's work.
   */
  readonly scaffolding: readonly string[];
  /** What wrote the upper directory: another program than the kernel may have left marks of its own in it, and a copy has all files of the image. */
  readonly writtenBy: "kernel" | "fuse-overlayfs" | "copy";
}

/**
 * @throws KasaneError `sandbox` when the step could not be set up, with `data.exitCode` 125 (our fault), 126 (found, not
 * executable) or 127 (not found), as Docker has them; `cancelled` after `signal`.
 */
export interface Sandbox {
  run(step: SandboxStep): Promise<ExitStatus>;
  /** For a step that comes soon. Without one, a step is started when it comes. */
  prepare(network: "host" | "none"): Promise<PreparedStart>;
}
