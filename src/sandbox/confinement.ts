import { release } from "node:os";
import { KasaneError } from "../lib/mod.ts";
import { type CapabilityName, capabilityNames, effectiveCapabilities } from "./capabilities.ts";
import type { SandboxStep } from "./sandbox.ts";
import { encodeProgram } from "./seccomp/bpf.ts";
import { filterProgram } from "./seccomp/default-filter.ts";
import type { Confinement, NamespaceSource } from "./stage/confinement.ts";

const usualSharedMemoryBytes = 64 * 1024 * 1024;

/** What the stage is to do for a step's isolation. @throws KasaneError `usage` for a seccomp profile that is none */
export function confinementOf(
  { isolation = {}, share = {}, cgroup, id }: Pick<SandboxStep, "isolation" | "share" | "cgroup" | "id">,
  { singleUid }: { singleUid: boolean },
): Confinement {
  const isPrivileged = isolation.isPrivileged ?? false;
  const capabilities = effectiveCapabilities(isolation);
  const profile = isolation.seccompProfile ?? (isPrivileged ? "unconfined" : undefined);
  const filters: string[] = [];
  if (profile === undefined) filters.push(defaultFilter({ singleUid, capabilities }));
  else {
    if (singleUid) filters.push(encodeProgram(filterProgram({ singleUid, capabilities, isOpen: true })));
    if (profile !== "unconfined") {
      const { profileProgram } =
        require("./seccomp/profile-filter.ts") as typeof import("./seccomp/profile-filter.ts");
      filters.push(encodeProgram(profileProgram(profile, { capabilities, kernel: release() })));
    }
  }
  const runtime =
    id === undefined || isolation.runtime === undefined
      ? undefined
      : (require("./runtime.ts") as typeof import("./runtime.ts")).runtimeOf(isolation, {
          ...{ id, kernel: release(), hasCgroup: cgroup !== undefined },
        });
  return {
    ...(runtime && { runtime }),
    isPrivileged,
    isUnmasked: isPrivileged || (isolation.isUnmasked ?? false),
    noNewPrivileges: isolation.noNewPrivileges ?? false,
    capabilities: capabilities.map((name) => capabilityNames.indexOf(name)),
    filters,
    ...(isolation.appArmorProfile === undefined ? {} : { appArmorProfile: isolation.appArmorProfile }),
    devices: isolation.devices ?? [],
    groupAdd: isolation.groupAdd ?? [],
    sysctls: isolation.sysctls ?? {},
    ulimits: isolation.ulimits ?? [],
    ...(isolation.oomScoreAdj === undefined ? {} : { oomScoreAdj: isolation.oomScoreAdj }),
    hasSharedMemory: isolation.ipcMode !== "none",
    sharedMemoryBytes: isolation.shmSizeBytes || usualSharedMemoryBytes,
    namespaces: {
      pid: sourceOf(isolation.pidMode, share.pid),
      ipc: sourceOf(isolation.ipcMode, share.ipc),
      uts: sourceOf(isolation.utsMode, undefined),
      cgroup: sourceOf(isolation.cgroupnsMode, undefined),
    },
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(isolation.init ? { init: initOf() } : {}),
  };
}

const madeFilters = new Map<string, string>();

/** Every step of a build has the same. */
function defaultFilter(options: { singleUid: boolean; capabilities: readonly CapabilityName[] }): string {
  const key = JSON.stringify(options);
  const made = madeFilters.get(key) ?? encodeProgram(filterProgram(options));
  madeFilters.set(key, made);
  return made;
}

/** @throws KasaneError `unsupported` on a processor that there is no init for */
function initOf(): string {
  const { makeInit } = require("./init/make-init.ts") as typeof import("./init/make-init.ts");
  const program = makeInit();
  if (program !== undefined) return Buffer.from(program).toString("base64");
  throw new KasaneError("unsupported", "there is no init for this machine's processor", {
    hint: "leave --init away, or use an image with an init of its own",
    data: { exitCode: 125 },
  });
}

function sourceOf(mode: string | undefined, pid: number | undefined): NamespaceSource {
  if (mode === "host") return "host";
  if (!mode?.startsWith("container:")) return "private";
  if (pid !== undefined) return pid;
  throw new KasaneError(
    "sandbox",
    `cannot share a namespace with ${mode.slice("container:".length)}: it does not run`,
    {
      hint: "start it first",
      data: { exitCode: 125 },
    },
  );
}
