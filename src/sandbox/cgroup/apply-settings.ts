import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import type { Cgroup } from "./cgroup.ts";
import { type Resources, type Setting, settingsV1, settingsV2 } from "./resources.ts";

/** Sets limits; what cannot be set is told. */
export function applySettings(
  group: Cgroup | undefined,
  resources: Resources,
  onWarning: (message: string) => void,
): void {
  const all = group?.directories[0]?.version === 2 ? settingsV2(resources) : settingsV1(resources);
  // A second time: memory and swap can each be raised only when the other has been.
  const again = all.filter((setting) => write(group, setting) !== undefined);
  const told = new Set<string>();
  for (const setting of again) {
    const problem = write(group, setting);
    // Swap cannot be limited on every kernel; who limits memory without a word of swap is not told.
    const isImplied = setting.flag === "--memory-swap" && resources.memorySwapBytes === undefined;
    if (problem === undefined || (isImplied && group !== undefined) || told.has(setting.flag)) continue;
    told.add(setting.flag);
    onWarning(withoutEffect(setting.flag, problem));
  }
}

function withoutEffect(flag: string, problem: string): string {
  return `${flag} has no effect here: ${problem}`;
}

function write(
  group: Cgroup | undefined,
  { controller, file: usual, otherFile, value }: Setting,
): string | undefined {
  const directory = group?.directories.find(({ controllers }) => controllers.includes(controller));
  if (directory === undefined) return `there is no control group with the controller ${controller}`;
  const isOther = otherFile !== undefined && !existsSync(join(directory.path, usual));
  const file = isOther ? otherFile : usual;
  try {
    writeFileSync(join(directory.path, file), value);
    return undefined;
  } catch (error) {
    return errnoOf(error) === "ENOENT"
      ? `this kernel has no ${file}`
      : `writing ${value} to ${file}: ${errnoOf(error)}`;
  }
}

export function restrictDevices({ directories }: Cgroup, rules: readonly string[]): void {
  const directory = directories.find(({ controllers }) => controllers.includes("devices"));
  if (directory === undefined) return;
  try {
    writeFileSync(join(directory.path, "devices.deny"), "a");
    for (const rule of rules) writeFileSync(join(directory.path, "devices.allow"), rule);
  } catch {
    // A group above allows less already.
  }
}
