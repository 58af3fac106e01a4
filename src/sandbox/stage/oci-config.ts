import type { BindMount, SandboxMount } from "../sandbox.ts";
import { maskedPaths, readOnlyPaths } from "./kernel-paths.ts";
import type { StagePlan } from "./plan.ts";
import type { ResolvedUser } from "./user.ts";

/** What a runtime's bundle needs besides the plan. */
export interface BundleParts {
  readonly root: string;
  readonly user: ResolvedUser;
  readonly env: readonly string[];
  /** Files and directories of this machine that are shown inside. */
  readonly binds: readonly Pick<BindMount, "source" | "target" | "readOnly" | "noSetuid" | "noExecute">[];
  /** Its network namespace is this process's own: no other is to be made, and the network's sysfs cannot be mounted by others. */
  readonly hasOwnNetwork: boolean;
  /** By number; without those that cannot be given. */
  readonly capabilityNames: readonly (string | undefined)[];
}

interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** The `config.json` of a bundle (OCI runtime specification 1.0) that says what the plan says. */
export function ociConfig(plan: StagePlan, parts: BundleParts): Record<string, unknown> {
  const { confinement } = plan;
  const { isPrivileged, isUnmasked } = confinement;
  const capabilities = confinement.capabilities.flatMap((number) => {
    const name = parts.capabilityNames[number];
    return name === undefined ? [] : [`CAP_${name}`];
  });
  const held = parts.user.uid === 0 ? capabilities : [];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: plan.terminal !== undefined,
      ...(plan.terminal && { consoleSize: { width: plan.terminal.columns, height: plan.terminal.rows } }),
      user: { uid: parts.user.uid, gid: parts.user.gid, additionalGids: parts.user.groups },
      args: plan.argv,
      env: parts.env,
      cwd: plan.cwd,
      capabilities: { bounding: capabilities, effective: held, permitted: held },
      rlimits: confinement.ulimits.map(({ name, soft, hard }) => ({
        type: `RLIMIT_${name.toUpperCase()}`,
        soft: limitOf(soft),
        hard: limitOf(hard),
      })),
      noNewPrivileges: confinement.noNewPrivileges,
      ...(confinement.appArmorProfile && { apparmorProfile: confinement.appArmorProfile }),
      ...(confinement.oomScoreAdj !== undefined && { oomScoreAdj: confinement.oomScoreAdj }),
    },
    ...(confinement.runtime?.hooks && { hooks: confinement.runtime.hooks }),
    root: { path: parts.root, readonly: plan.readOnlyRoot },
    ...(confinement.namespaces.uts === "private" && { hostname: plan.hostname }),
    mounts: [...kernelMounts(plan, parts), ...plan.mounts.flatMap(tmpfsMount), ...parts.binds.map(bindMount)],
    linux: {
      namespaces: (["pid", "ipc", "uts", "cgroup"] as const)
        .filter((name) => confinement.namespaces[name] === "private")
        .map((type) => ({ type: type as string }))
        .concat([{ type: "mount" }]),
      sysctl: confinement.sysctls,
      ...(confinement.runtime?.cgroupsPath && { cgroupsPath: confinement.runtime.cgroupsPath }),
      ...(confinement.runtime?.seccomp && { seccomp: confinement.runtime.seccomp }),
      resources: confinement.runtime?.resources ?? {},
      devices: confinement.runtime?.devices ?? [],
      ...(isUnmasked ? {} : { maskedPaths, readonlyPaths: readOnlyPaths }),
      ...(isPrivileged ? { rootfsPropagation: "private" } : {}),
    },
  };
}

/** The specification's numbers are unsigned; JSON's largest that is exact stands for none. */
function limitOf(value: number): number {
  return value < 0 ? 2 ** 53 : value;
}

const quiet = ["nosuid", "noexec", "nodev"];

function kernelMounts({ confinement, singleUid }: StagePlan, { hasOwnNetwork }: BundleParts): OciMount[] {
  const { isPrivileged, namespaces, hasSharedMemory, sharedMemoryBytes } = confinement;
  const access = isPrivileged ? "rw" : "ro";
  const terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: quiet },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: [...terminals, ...(singleUid ? [] : ["gid=5"])],
    },
    ...(hasSharedMemory
      ? [
          namespaces.ipc === "host"
            ? { destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind"] }
            : {
                destination: "/dev/shm",
                type: "tmpfs",
                source: "shm",
                options: [...quiet, "mode=1777", `size=${sharedMemoryBytes}`],
              },
        ]
      : []),
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: quiet },
    hasOwnNetwork
      ? { destination: "/sys", type: "sysfs", source: "sysfs", options: [...quiet, access] }
      : { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", ...quiet, access] },
    ...(hasOwnNetwork
      ? [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...quiet, access] }]
      : []),
  ];
}

function tmpfsMount(mount: SandboxMount): OciMount[] {
  if (mount.kind !== "tmpfs") return [];
  const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
  const options = ["nosuid", "nodev", `mode=${(mount.mode ?? 0o1777).toString(8)}`, ...size];
  return [{ destination: mount.target, type: "tmpfs", source: "tmpfs", options }];
}

function bindMount(bind: BundleParts["binds"][number]): OciMount {
  const { source, target, readOnly } = bind;
  return {
    destination: target,
    type: "bind",
    source,
    options: [
      ...["rbind", "rprivate", readOnly ? "ro" : "rw"],
      ...(bind.noSetuid ? ["nosuid"] : []),
      ...(bind.noExecute ? ["noexec"] : []),
    ],
  };
}
