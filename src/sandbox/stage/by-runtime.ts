import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capabilityNames } from "../capabilities.ts";
import type { StageCaller } from "./caller.ts";
import { completeEnvironment, defaultPath } from "./execute.ts";
import { deviceNodes, hostDevices } from "./furnish.ts";
import { handOver } from "./hand-over.ts";
import { openInside } from "./inside.ts";
import { sys } from "./kernel.ts";
import type { Furnishing } from "./mount.ts";
import type { BundleParts } from "./oci-config.ts";
import { StageFailure, type StagePlan } from "./plan.ts";
import { closeOthersOnExec, isPipe, placeStdio, resetSignals, restoreOpenFiles } from "./process.ts";
import { controlTerminal, giveTo, openTerminal } from "./terminal.ts";
import type { ResolvedUser } from "./user.ts";

/** What runs by a runtime: the stage mounts the root and leaves the rest to it. */
export function runByRuntime(
  plan: StagePlan,
  caller: StageCaller,
  {
    furnishing,
    staging,
    user,
    onHandedOver,
  }: {
    furnishing: Furnishing;
    staging: string;
    user: ResolvedUser;
    /** The last thing before. */
    onHandedOver: () => void;
  },
): never {
  const env = completeEnvironment(plan.env, {
    PATH: defaultPath,
    HOME: user.home,
    TERM: plan.terminal === undefined ? undefined : "xterm",
  });
  findInside(furnishing.root, plan, env);
  const parts: BundleParts = {
    root: join(staging, "root"),
    binds: bindsOf(plan, staging),
    hasOwnNetwork: plan.network === "none",
    ...{ user, env, capabilityNames: ownCapabilities() },
  };
  sys("setsid");
  const host = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  const terminal =
    plan.terminal &&
    openTerminal({ root: host }, { size: plan.terminal, to: caller.terminal }, "/dev/ptmx").fd;
  const stdio = terminal === undefined ? caller.stdio : ([terminal, terminal, terminal] as const);
  for (const fd of stdio) if (fd !== terminal && isPipe(fd)) giveTo(fd, user.uid, user.gid);
  if (terminal !== undefined) controlTerminal(terminal);
  placeStdio(stdio);
  closeOthersOnExec();
  resetSignals();
  if (plan.openFiles !== undefined) restoreOpenFiles(plan.openFiles);
  onHandedOver();
  return handOver(plan, staging, parts);
}

/** By number, those that this process has to give: a runtime ends where it is told of others. */
function ownCapabilities(): (string | undefined)[] {
  const [, bounding = "0"] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const set = BigInt(`0x${bounding}`);
  return capabilityNames.map((name, number) => ((set >> BigInt(number)) & 1n ? name : undefined));
}

function bindsOf(plan: StagePlan, staging: string): BundleParts["binds"] {
  const directory = join(staging, "files");
  mkdirSync(directory, { mode: 0o755 });
  const written = (name: string, content: string | Uint8Array, mode: number) => {
    const file = join(directory, name);
    writeFileSync(file, content, { mode });
    return file;
  };
  const own = { "resolv.conf": plan.resolvConf, hosts: plan.hosts, hostname: `${plan.hostname}\n` };
  return [
    ...plan.mounts.flatMap((mount, index) => {
      const { target } = mount;
      if (mount.kind === "tmpfs") return [];
      if (mount.kind === "bind") return [mount];
      if (mount.kind !== "file") {
        throw new StageFailure(`cannot show ${target} by a runtime: it is made of layers`, {
          hint: "leave --runtime away",
        });
      }
      const source = written(`mount-${index}`, Buffer.from(mount.base64, "base64"), mount.mode);
      return [{ source, target, readOnly: true }];
    }),
    // Bound, because an ordinary user's runtime cannot make any. Those that every container has are the runtime's.
    ...(plan.confinement.isPrivileged ? hostDevices() : [])
      .filter((name) => !deviceNodes.includes(name))
      .map((name) => ({ source: `/dev/${name}`, target: `/dev/${name}`, readOnly: false })),
    ...Object.entries(own)
      .filter(([name]) => !plan.mounts.some(({ target }) => target === `/etc/${name}`))
      .map(([name, text]) => ({
        source: written(name, text, 0o644),
        target: `/etc/${name}`,
        readOnly: false,
      })),
  ];
}

/** A runtime ends with 1 for whatever it cannot start: what it would not find is told by us. @throws StageFailure 126 or 127 */
function findInside(root: number, plan: StagePlan, env: readonly string[]): void {
  const name = plan.argv[0] ?? "";
  const quoted = JSON.stringify(name);
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? defaultPath;
  const candidates = name.includes("/")
    ? [name.startsWith("/") ? name : join(plan.cwd, name)]
    : path.split(":").map((directory) => join("/", directory, name));
  let found = false;
  for (const candidate of candidates) {
    const fd = openInside(root, candidate);
    if (fd === undefined) continue;
    found = true;
    const stat = fstatSync(fd);
    closeSync(fd);
    if (stat.isFile() && (stat.mode & 0o111) !== 0) return;
  }
  if (name.includes("/") && found)
    throw new StageFailure(`exec: ${quoted}: permission denied`, {
      exitCode: 126,
      hint: "make it executable in the image (chmod +x), or call it through its interpreter",
    });
  throw new StageFailure(
    name.includes("/")
      ? `exec: ${quoted}: stat ${name}: no such file or directory`
      : `exec: ${quoted}: executable file not found in $PATH`,
    { exitCode: 127, hint: "check the spelling, or give the whole path: the image may not have it" },
  );
}
