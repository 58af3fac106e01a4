import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { openInside, pathOf } from "./inside.ts";
import { close } from "./kernel.ts";
import { StageFailure, type StagePlan } from "./plan.ts";
import { type ResolvedUser, resolveUser, withGroups } from "./user.ts";

/** Who a step runs as, by the accounts of its root directory. */
export function userInside(root: number, plan: StagePlan): ResolvedUser {
  return userBy(plan, (path) => {
    let fd: number | undefined;
    try {
      fd = openInside(root, path);
    } catch {
      // Links that lead nowhere: as good as not there.
    }
    if (fd === undefined) return "";
    try {
      return readAccounts(pathOf(fd));
    } finally {
      close(fd);
    }
  });
}

/** The same, by those of the root directory that we are in. */
export function userHere(plan: StagePlan): ResolvedUser {
  return userBy(plan, readAccounts);
}

function userBy({ user, confinement }: StagePlan, read: (path: string) => string): ResolvedUser {
  const group = read("/etc/group");
  const own = resolveUser(user, read("/etc/passwd"), group);
  return { ...own, groups: withGroups(own.groups, confinement.groupAdd, group) };
}

const accountsLimit = 4 << 20;

/** A file of the root, which is not trusted to be one: a fifo would hold us up, a device never end. */
function readAccounts(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) return "";
    if (size > accountsLimit)
      throw new StageFailure(`${path} is larger than the limit of ${accountsLimit} bytes`);
    const bytes = Buffer.alloc(size);
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, size, 0));
  } finally {
    closeSync(fd);
  }
}
