import { closeSync } from "node:fs";
import { pointers } from "../stage/execute.ts";
import { forgetAddresses, MS_PRIVATE, MS_REC, type SystemCall, sysHere } from "../stage/kernel.ts";
import { bindMount } from "../stage/mount.ts";
import { defaultSignals } from "../stage/process.ts";
import { startAgents } from "./start-agents.ts";

export interface HelperStart {
  /** The first is the absolute path of its program. */
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Its 0, 1, 2, 3 …; the caller's own stay open. */
  readonly descriptors: readonly number[];
  /** Shown at `target`, a file that is there, where nobody else sees it. */
  readonly bind: { readonly source: string; readonly target: string };
}

/** A program of this machine that works for this process, and ends with it. */
export interface Helper {
  isThere(): boolean;
  kill(): void;
  readonly exited: Promise<number>;
}

const CLONE_FILES = 0x400;
const CLOSE_RANGE_CLOEXEC = 4;
const F_DUPFD_CLOEXEC = 1030;
const lastDescriptor = 0x7fffffff;

const namespaces = { pid: "private", ipc: "host", uts: "host", cgroup: "host" } as const;

/** Starts a program in a mount and a pid namespace of its own; undefined where there are no agents for that, or it cannot be started so. */
export function startHelper({
  argv,
  env,
  descriptors,
  bind: { source, target },
}: HelperStart): Helper | undefined {
  const agents = startAgents({ network: "host", mounts: [], confinement: { namespaces } });
  if (agents === undefined) return undefined;
  const aside = descriptors.map((fd) => sysHere("fcntl", fd, F_DUPFD_CLOEXEC, descriptors.length));
  const parted = agents.first([
    ["setsid"],
    ["mount", "none", "/", null, MS_REC | MS_PRIVATE, null],
    bindMount(source, target),
    ["unshare", CLONE_FILES],
  ]);
  // Only then are the places its own; and what it answers is that it is gone.
  const isApart = parted?.at(-1) === 0;
  const answer = isApart
    ? agents.first([
        ...aside.map((fd, place): SystemCall => ["dup3", fd, place, 0]),
        ["close_range", descriptors.length, lastDescriptor, CLOSE_RANGE_CLOEXEC],
        ...defaultSignals(),
        ["execve", argv[0]!, pointers(argv), pointers(env)],
      ])
    : [];
  let isThere = answer === undefined;
  for (const fd of aside) closeSync(fd);
  forgetAddresses();
  if (isThere) agents.letGo();
  else agents.kill();
  const exited = agents.ended();
  void exited.then(() => (isThere = false));
  return isThere ? { isThere: () => isThere, kill: agents.kill, exited } : undefined;
}
