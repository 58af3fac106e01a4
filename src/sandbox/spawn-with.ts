import { closeSync } from "node:fs";
import { sys } from "./stage/kernel.ts";
import { hearOfChildren } from "./stage/process.ts";

const F_DUPFD_CLOEXEC = 1030;
/** Above every place a descriptor is put in: Bun.spawn fills the places one after the other and would overwrite what it has yet to copy. */
const outOfTheWay = 64;

/**
 * Starts a program with `descriptors` as its 0, 1, 2, 3 …, whatever numbers they have here. The caller's own stay open.
 */
export function spawnWith(
  command: readonly string[],
  descriptors: readonly number[],
  options: { env: Record<string, string | undefined>; cwd?: string; detached?: boolean },
): Bun.Subprocess {
  hearOfChildren();
  const copies: number[] = [];
  try {
    for (const fd of descriptors) copies.push(sys("fcntl", fd, F_DUPFD_CLOEXEC, outOfTheWay));
    const [stdin, stdout, stderr, ...rest] = copies as [number, number, number, ...number[]];
    return Bun.spawn([...command], { ...options, stdio: [stdin, stdout, stderr, ...rest] });
  } finally {
    for (const copy of copies) closeSync(copy);
  }
}
