import type { RootFilesystem, SandboxMount } from "../sandbox.ts";
import type { Confinement } from "./confinement.ts";

/** Everything the stage is told, as JSON on PLAN_FD. */
export interface StagePlan {
  readonly rootfs: RootFilesystem;
  /** Overlay marks are `user.` xattrs: inside a user namespace. */
  readonly userXattrs: boolean;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly hostname: string;
  readonly mounts: readonly SandboxMount[];
  readonly network: "host" | "none";
  /** Somebody connects the network meanwhile, and says on NETWORK_FD when that is done. */
  readonly isConnected?: boolean;
  /** Its network is that of this process, not one of its own. */
  readonly networkOf?: number;
  readonly readOnlyRoot: boolean;
  readonly confinement: Confinement;
  /** Only one uid is mapped: changes of owner are answered with success and done by nobody. */
  readonly singleUid: boolean;
  /** Contents of the private copies that are mounted over /etc/resolv.conf and /etc/hosts. */
  readonly resolvConf: string;
  readonly hosts: string;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** A program that runs: joins its root, which is furnished already, instead of making one. */
  readonly join?: number;
  /** Runs nothing: the root stays mounted until the program's stdin ends. */
  readonly hold?: boolean;
  /** The soft limit of open files the caller was started with; the runtime raises its own. */
  readonly openFiles?: number;
}

/** What the stage appends to STATUS_FD, one JSON line each. */
export type StageEvent =
  /** The stage's pid as the caller sees it. */
  | { readonly event: "started"; readonly pid: number }
  /** A path that was made in the root because something had to be mounted there, or as working directory. */
  | { readonly event: "made"; readonly path: string; readonly directory: boolean }
  /** Everything is in place; the next thing is the program. */
  | { readonly event: "exec"; readonly file?: string }
  /** It did not become the program after all: the code it ended with is the errno. */
  | { readonly event: "unstarted" }
  | { readonly event: "overlay-refused"; readonly errno: string }
  | { readonly event: "warning"; readonly message: string }
  | {
      readonly event: "failed";
      readonly exitCode: 125 | 126 | 127;
      readonly message: string;
      readonly hint?: string;
    };

/** Descriptors of the stage. 0 to 2 are its own: what it or unshare say must not mix with the program's output. */
export const PLAN_FD = 3;
export const STATUS_FD = 4;
/** Those from here on it is handed when it begins. The program's stdin, stdout, stderr are this and the next two. */
export const STDIO_FD = 5;
/** Where the master side of the terminal is sent, with a terminal. */
export const TERMINAL_FD = 8;

/** A byte here: the network is connected. */
export const NETWORK_FD = 9;
export const HANDED_FDS = [STDIO_FD, STDIO_FD + 1, STDIO_FD + 2, TERMINAL_FD, NETWORK_FD] as const;

/** argv[2] that makes the compiled executable be the stage. */
export const STAGE_ARGUMENT = "__sandbox-stage";

/** Why a step could not start, with the exit code Docker has for it. */
export class StageFailure extends Error {
  readonly exitCode: 125 | 126 | 127;
  readonly hint: string | undefined;
  constructor(message: string, options: { exitCode?: 125 | 126 | 127; hint?: string } = {}) {
    super(message);
    this.exitCode = options.exitCode ?? 125;
    this.hint = options.hint;
  }
}
