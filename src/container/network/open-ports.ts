import { closeSync } from "node:fs";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import { type Listener, openListener } from "../../network/mod.ts";
import { type BoundPort, defaultHostIp, hostAddress, type PublishedPort, portKey } from "./publish.ts";

export interface OpenPort extends BoundPort {
  readonly listener: Listener;
}

/**
 * Listens at every published port: each is this process's from now on, and what comes waits until somebody forwards it.
 * @throws KasaneError `conflict` for a port in use, `sandbox`
 */
export function openPorts(ports: readonly PublishedPort[]): OpenPort[] {
  const open: OpenPort[] = [];
  try {
    for (const port of ports) open.push(openPort(port));
    return open;
  } catch (error) {
    for (const { listener } of open) closeSync(listener.fd);
    throw error;
  }
}

function openPort({ hostIp, hostPorts, containerPort, protocol }: PublishedPort): OpenPort {
  const address = hostIp || defaultHostIp;
  const [first, last] = hostPorts;
  for (let port = first; ; port++) {
    try {
      const listener = openListener(address, port, protocol);
      return { hostIp: address, hostPort: listener.port, containerPort, protocol, listener };
    } catch (error) {
      if (errnoOf(error) === "EADDRINUSE" && port < last) continue;
      throw refused(error, { hostIp: address, hostPort: port, containerPort, protocol });
    }
  }
}

function bindFailure(code: string): { reason: string; hint?: string } {
  if (code === "EADDRINUSE") {
    return {
      reason: "port is already allocated",
      hint: "choose another with -p, or stop what uses it: 'kasane ps' and 'ss -lntup' tell",
    };
  }
  if (code === "EACCES") {
    return {
      reason: "permission denied",
      hint: "choose a port from 1024 on: those below are root's (net.ipv4.ip_unprivileged_port_start)",
    };
  }
  if (code === "EADDRNOTAVAIL") {
    return {
      reason: "cannot assign requested address",
      hint: "the address must be one of this machine: 'ip addr' lists them",
    };
  }
  return { reason: code };
}

function refused(error: unknown, port: BoundPort): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const { reason, hint } = bindFailure(code);
  return new KasaneError(
    code === "EADDRINUSE" ? "conflict" : "sandbox",
    `cannot publish port ${portKey(port)}: Bind for ${hostAddress(port)} failed: ${reason}`,
    { cause: error, data: { exitCode: 125 }, ...(hint === undefined ? {} : { hint }) },
  );
}
