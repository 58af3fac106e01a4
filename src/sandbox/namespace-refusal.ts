import { readFileSync } from "node:fs";
import { KasaneError } from "../lib/mod.ts";
import { findTool } from "./find-tool.ts";
import { whyUnmappable } from "./id-map.ts";

/** Settings that forbid user namespaces, with the value they have then. */
const switches: readonly (readonly [path: string, forbids: string])[] = [
  ["kernel/unprivileged_userns_clone", "0"],
  ["kernel/apparmor_restrict_unprivileged_userns", "1"],
  ["user/max_user_namespaces", "0"],
];

let refusal: KasaneError | undefined;

/** What the system said when a user namespace was asked for in vain. */
export function lastRefusal(): KasaneError | undefined {
  return refusal;
}

/** Asks the system for a user namespace, and lets go of it: why there is none, or undefined where there is. */
export async function whyNoUserNamespace(): Promise<string | undefined> {
  const unshare = findTool("unshare");
  if (unshare === undefined) return "the program unshare is not installed";
  const child = Bun.spawn([unshare, "--user", "--mount", "--", "/bin/sh", "-c", ":"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
  return code === 0 ? whyUnmappable() : reasonOf(complaint) || `unshare ended with ${code}`;
}

/** The first line of what unshare says, in words that fit. */
export function reasonOf(complaint: string): string {
  const line = complaint
    .trim()
    .split("\n")[0]!
    .replace(/^unshare: (unshare failed: )?/, "");
  return line === "No space left on device" ? "there may be no more of them" : line;
}

/** The error for a system that makes no user namespace that is of use. */
export function forbidden(reason: string): KasaneError {
  refusal = new KasaneError("sandbox", `cannot make a user namespace: ${reason}`, {
    hint: hintFor(reason),
    data: { exitCode: 125 },
  });
  return refusal;
}

function hintFor(reason: string): string {
  const found = switches.find(([path, forbids]) => settingOf(path) === forbids);
  if (found !== undefined) {
    return `the setting ${found[0].replace("/", ".")}=${found[1]} forbids it: change it with sysctl, or run as root`;
  }
  if (reason === whyUnmappable())
    return "run as another user than root, or start the container with --cap-add SETFCAP";
  return process.getuid?.() === 0
    ? "inside a container, start it with --privileged or with a seccomp profile that allows user namespaces"
    : "inside a container its seccomp profile may forbid it; or run as root";
}

function settingOf(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim();
  } catch {
    return undefined;
  }
}
