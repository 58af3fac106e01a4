import { readFileSync } from "node:fs";
import type { FileMount } from "../sandbox/mod.ts";
import type { HostLine, RunSurroundings } from "./run-surroundings.ts";

/** /etc/hosts and /etc/resolv.conf, as far as they differ from those that a step has anyway. */
export function networkFiles(
  { hosts = [], resolvConf }: RunSurroundings,
  step: { readonly network: "none" | "host"; readonly hostname: string },
): FileMount[] {
  const files: FileMount[] = [];
  if (hosts.length > 0) files.push(fileMount("/etc/hosts", hostsText(hosts, step)));
  if (resolvConf !== undefined) files.push(fileMount("/etc/resolv.conf", resolvConf));
  return files;
}

function hostsText(
  hosts: readonly HostLine[],
  { network, hostname }: { readonly network: "none" | "host"; readonly hostname: string },
): string {
  const machine = network === "host" ? textOf("/etc/hosts") : "";
  const local = /\blocalhost\b/.test(machine) ? "" : "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
  const lines = [...hosts, { name: hostname, address: "127.0.0.1" }];
  // The first line of a name counts.
  return `${lines.map(({ name, address }) => `${address}\t${name}\n`).join("")}${local}${machine}`;
}

function fileMount(target: string, text: string): FileMount {
  return {
    kind: "file",
    base64: Buffer.from(text).toString("base64"),
    target,
    mode: 0o644,
    ...{ uid: 0, gid: 0 },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
