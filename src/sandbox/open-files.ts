import { readFileSync } from "node:fs";
import { outerUser } from "./outer-user.ts";

/** The soft limit of open files as the user set it: this process's own was raised by the runtime, its parent's was not. */
export function originalOpenFiles(): number | undefined {
  return outerUser()?.openFiles ?? limitOf(process.ppid);
}

function limitOf(pid: number): number | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
