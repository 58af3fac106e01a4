import { statSync } from "node:fs";
import { KasaneError } from "../../lib/mod.ts";
import { deviceNumbers } from "../cgroup/device-rules.ts";
import type { Device } from "../isolation.ts";
import type { BindMount, SandboxStep } from "../sandbox.ts";
import { CdiDevices } from "./cdi-devices.ts";
import type { CdiDevice, ContainerEdits, EditedMount, EditedNode } from "./spec.ts";

type Injected = Pick<SandboxStep, "env" | "mounts" | "isolation" | "id">;

/**
 * Gives a step the devices that its isolation names by the Container Device Interface: what their specifications change is in what is returned.
 * @throws KasaneError `not-found`, `conflict`, `invalid-config`, `unsupported`
 */
export async function injectDevices<Step extends Injected>(step: Step): Promise<Step> {
  const { cdiDevices = [], cdiSpecDirs, ...isolation } = step.isolation ?? {};
  if (cdiDevices.length === 0) return step;
  const all = await CdiDevices.read(cdiSpecDirs);
  const edits = editsOf([...new Set(cdiDevices)].map((name) => all.get(name)));
  const hooks = edits.flatMap((each) => each.hooks);
  if (hooks.length > 0 && (step.id === undefined || isolation.runtime === undefined))
    throw noHooks(hooks[0]!);
  const env = edits.flatMap((each) => each.env);
  const mounts = edits.flatMap((each) => each.mounts.map(mountOf));
  const devices = edits.flatMap((each) => each.deviceNodes.map(deviceOf));
  const groups = edits.flatMap((each) => each.additionalGids.filter((gid) => gid !== 0).map(String));
  return {
    ...step,
    env: lastOfEach([...(step.env ?? []), ...env], (entry) => entry.slice(0, entry.indexOf("="))),
    mounts: lastOfEach([...(step.mounts ?? []), ...mounts], ({ target }) => target),
    isolation: {
      ...isolation,
      devices: lastOfEach([...(isolation.devices ?? []), ...devices], ({ target }) => target),
      groupAdd: [...new Set([...(isolation.groupAdd ?? []), ...groups])],
      ...(hooks.length > 0 && { hooks }),
    },
  };
}

/** A specification's own edits once, before those of the first of its devices. */
function editsOf(devices: readonly CdiDevice[]): ContainerEdits[] {
  return [...new Set(devices.flatMap(({ commonEdits, edits }) => [commonEdits, edits]))];
}

function lastOfEach<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  const found = new Map<string, T>();
  for (const value of values) {
    found.delete(keyOf(value));
    found.set(keyOf(value), value);
  }
  return [...found.values()];
}

function mountOf({ hostPath, containerPath, options }: EditedMount): BindMount {
  const has = (...names: string[]) => names.some((name) => options.includes(name));
  const propagation = has("shared", "rshared") ? "shared" : has("slave", "rslave") ? "slave" : undefined;
  return {
    kind: "bind",
    source: hostPath,
    target: containerPath,
    readOnly: options.findLast((option) => option === "ro" || option === "rw") === "ro",
    ...(has("nosuid") && { noSetuid: true }),
    ...(has("noexec") && { noExecute: true }),
    ...(has("bind") && !has("rbind") && { nonRecursive: true }),
    ...(propagation && { propagation }),
  };
}

/** What the specification says of a node that is the host's as well needs no node of its own. */
function deviceOf({ path, hostPath, permissions, ...given }: EditedNode): Device {
  const device = { source: hostPath, target: path, permissions };
  const stat = statSync(hostPath, { throwIfNoEntry: false });
  const isDevice = stat?.isCharacterDevice() || stat?.isBlockDevice();
  const type = stat?.isBlockDevice() ? "b" : "c";
  const hasNumbers = given.type !== undefined && given.major !== undefined;
  if (!isDevice && !hasNumbers) throw noDevice(hostPath);
  if (isDevice && given.type !== undefined && given.type !== type && !hasNumbers)
    throw noDevice(hostPath, given.type);
  const [major, minor] = hasNumbers ? [given.major!, given.minor ?? 0] : deviceNumbers(stat!.rdev);
  const node = {
    type: given.type ?? type,
    ...{ major, minor },
    fileMode: given.fileMode ?? (isDevice ? stat!.mode & 0o7777 : 0o666),
    uid: given.uid ?? stat?.uid ?? 0,
    gid: given.gid ?? stat?.gid ?? 0,
  } as const;
  const [hostMajor, hostMinor] = isDevice ? deviceNumbers(stat!.rdev) : [];
  const isSameDevice = isDevice && node.type === type && major === hostMajor && minor === hostMinor;
  const isSame =
    isSameDevice &&
    (node.fileMode & 0o777) === (stat!.mode & 0o777) &&
    node.uid === stat!.uid &&
    node.gid === stat!.gid;
  return isSame ? device : { ...device, node: { ...node, isOnHost: isSameDevice ?? false } };
}

function noDevice(path: string, type?: string): KasaneError {
  const why = type === undefined ? "it is no device of this machine" : `it is not of the type ${type}`;
  return new KasaneError("not-found", `cannot give the device ${path}: ${why}`, {
    hint: "is its driver loaded? Have the specification made again by the vendor's program",
    data: { exitCode: 125 },
  });
}

function noHooks({ hookName, path }: { hookName: string; path: string }): KasaneError {
  return new KasaneError("unsupported", `the device's ${hookName} hook ${path} is a runtime's to call`, {
    hint: "run a container with --runtime runc or crun, or take the hook out of a copy of the specification and name its directory with --cdi-spec-dir",
    data: { exitCode: 125 },
  });
}
