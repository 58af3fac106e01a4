import { existsSync } from "node:fs";
import type { InterfaceSetup } from "../../sandbox/mod.ts";
import { userMode, userNetwork, whyNoUserMode } from "./user-mode.ts";

/** How one container reaches outside, with the address that it has there. */
export interface OutboundWay {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  /** Passes questions on to this machine's name servers; absent where those have to be asked themselves. */
  readonly nameServer?: string;
  /** May be called again, for another namespace in place of the first. @throws Error why that cannot be had */
  connect(target: OutboundTarget): Promise<Outbound>;
  /** Gives the address up. */
  release(): Promise<void>;
}

export interface OutboundTarget {
  /** A process in the namespace, as this one sees it. */
  readonly pid: number;
  /** For small files. */
  readonly directory: string;
  /** What its device is called in the namespace. */
  readonly device: string;
  /** The program runs already: nobody is left who would set what is still to be set. */
  readonly isRunning?: boolean;
}

/** A namespace that reaches outside. */
export interface Outbound {
  /** What is still to be set there, by whoever is in it. */
  readonly setups: readonly InterfaceSetup[];
  stop(): Promise<void>;
}

/**
 * The way that is there: a program that carries packets through sockets of its own, because it changes nothing on this machine and ends with whoever
 * started it; for root else a pair of devices, and masquerading.
 */
export async function chooseOutbound({ isRoot }: { isRoot: boolean }): Promise<OutboundWay> {
  const problem = whyNoUserMode();
  if (problem === undefined) return userMode({ isRoot });
  if (!isRoot) return noWay(problem);
  const { natWay } = await import("./nat.ts");
  const way = await natWay();
  return typeof way === "string" ? noWay(bothProblems(problem, way)) : way;
}

function bothProblems(reason: string, why: string): string {
  return `${reason}; masquerading: ${why}`;
}

/** The address is still the container's own. */
function noWay(reason: string): OutboundWay {
  const { address, prefixLength, gateway } = userNetwork;
  return {
    ...{ address, prefixLength, gateway },
    async connect() {
      throw new Error(reason);
    },
    async release() {},
  };
}

/** Takes away what killed commands left of it on this machine. */
export async function clearOutbound({ isRoot }: { isRoot: boolean }): Promise<void> {
  if (!isRoot || !existsSync("/run/kasane")) return;
  const { clearNat } = await import("./nat.ts");
  await clearNat();
}
