import { KasaneError } from "../lib/mod.ts";

/** By number (linux/capability.h). */
export const capabilityNames = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"],
  ...["LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK"],
  ...["IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN"],
  ...["SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE"],
  ...["AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM"],
  ...["BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"],
] as const;

/** Without the `CAP_` before it. */
export type CapabilityName = (typeof capabilityNames)[number];

/** What Docker gives by default. */
export const defaultCapabilities: readonly CapabilityName[] = [
  ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP"],
  ...["SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
] as CapabilityName[];

export interface CapabilityChanges {
  readonly isPrivileged?: boolean;
  /** As parseCapability() gives them. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
}

/**
 * `net_admin`, `CAP_NET_ADMIN`, `ALL`: with `CAP_` before it but for ALL, as `inspect` shows it.
 * @throws KasaneError `usage`, in Docker's words; `field` is CapAdd or CapDrop
 */
export function parseCapability(text: string, field: string): string {
  const name = text.trim().toUpperCase();
  if (name === "ALL") return name;
  const bare = name.replace(/^CAP_/, "");
  if ((capabilityNames as readonly string[]).includes(bare)) return `CAP_${bare}`;
  throw new KasaneError("usage", `invalid ${field}: unknown capability: ${JSON.stringify(`CAP_${bare}`)}`, {
    hint: "for example NET_ADMIN, SYS_PTRACE or ALL: see capabilities(7)",
    data: { exitCode: 125 },
  });
}

/** What comes of the changes, by Docker's rules: dropping all leaves what is added, adding all leaves out what is dropped. */
export function effectiveCapabilities(changes: CapabilityChanges): CapabilityName[] {
  const { isPrivileged, capAdd = [], capDrop = [] } = changes;
  if (isPrivileged) return [...capabilityNames];
  const dropped = (name: string) => capDrop.includes(`CAP_${name}`);
  if (capAdd.includes("ALL")) return capabilityNames.filter((name) => !dropped(name));
  const added = capabilityNames.filter((name) => capAdd.includes(`CAP_${name}`));
  if (capDrop.includes("ALL")) return added;
  return [...new Set([...defaultCapabilities.filter((name) => !dropped(name)), ...added])];
}
