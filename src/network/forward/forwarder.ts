import { closeSync, writeSync } from "node:fs";
import { KasaneError } from "../../lib/mod.ts";
import type { Listener } from "../listen.ts";
import { SOCK_CLOEXEC, socketCalls } from "../socket-calls.ts";
import type { SwitchPortOrder } from "../switch/switch-port.ts";

/** What a thread that forwards is told. */
export interface ForwardOrder {
  /** Path of the network namespace it connects in. */
  readonly namespace: string;
  /** IPv4 address there. */
  readonly address: string;
  readonly listeners: readonly (Listener & { readonly target: number })[];
  /** Networks that the namespace is to be a member of. */
  readonly ports: readonly SwitchPortOrder[];
  /** An eventfd: readable when it is over. */
  readonly stop: number;
}

export interface Forwarder {
  /** Ends every connection. The listeners stay. */
  stop(): Promise<void>;
}

/** The compiled program has it under its path below src/ (scripts/build.ts). */
const threadFile = import.meta.url.includes("/$bunfs/")
  ? "/$bunfs/root/network/forward/forward-thread.ts"
  : `${import.meta.dir}/forward-thread.ts`;

/**
 * Passes what comes to `listeners` on into another network namespace, and makes it a member of networks, by a thread of this process: a thread can live in a network of its own, and
 * ends with the process however that ends.
 * @throws KasaneError `sandbox` where the namespace cannot be entered
 */
export async function startForwarder(order: Omit<ForwardOrder, "stop">): Promise<Forwarder> {
  const { call, check } = socketCalls();
  const stop = check(call.eventfd(0, SOCK_CLOEXEC), "eventfd");
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(threadFile, { workerData: { ...order, stop } satisfies ForwardOrder });
  worker.unref();
  const exited = Promise.withResolvers<void>();
  worker.once("exit", () => exited.resolve());
  try {
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("its thread ended")));
    });
  } catch (error) {
    closeSync(stop);
    throw new KasaneError("sandbox", `cannot connect the container: ${(error as Error).message}`, {
      hint: "'kasane info' tells what is missing; --network host needs nothing of it",
      cause: error,
      data: { exitCode: 125 },
    });
  }
  // The runtime rethrows what nobody listens for; what is reached then is as good as closed.
  worker.on("error", () => {});
  return {
    async stop() {
      writeSync(stop, new Uint8Array(BigUint64Array.of(1n).buffer));
      await exited.promise;
      closeSync(stop);
    },
  };
}
