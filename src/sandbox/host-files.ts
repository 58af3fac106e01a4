import { readFileSync } from "node:fs";
import { hostname as hostName } from "node:os";
import type { SandboxStep } from "./sandbox.ts";

/** Empty for a file that cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The host's /etc/hosts where its network is used, and the step's own name, which some programs insist on resolving. */
export function hostsFor({ network, hostname }: Pick<SandboxStep, "network" | "hostname">): string {
  const base = network === "host" ? textOf("/etc/hosts") : "";
  const text = /\blocalhost\b/.test(base)
    ? base
    : `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${base}`;
  const isKnown = hostname === hostName() && text.includes(hostname);
  return isKnown ? text : `${text.replace(/\n?$/, "\n")}127.0.0.1\t${hostname}\n`;
}
