import { closeSync, writeSync } from "node:fs";
import { errnoOf } from "../lib/mod.ts";
import type { Launched } from "./launch.ts";
import { openPipe } from "./pipe.ts";
import { lookMs } from "./running-program.ts";
import type { InterfaceSetup, SandboxStep } from "./sandbox.ts";

export interface ConnectingNetwork {
  /** What it resolves with when it is connected; undefined where it will not be. */
  readonly connected: Promise<readonly InterfaceSetup[] | undefined>;
  /** For a stage that is a process: where it reads the same, as JSON, and nothing where it is undefined. Whoever takes it closes it. */
  heard(): number;
  begin(launched: Launched): void;
  /** Throws what it failed with, if it did. */
  failed(): Promise<void>;
  end(): void;
}

/** Has a step's own network connected while its root is being furnished; undefined where nobody wants to. */
export function connecting({ network }: Pick<SandboxStep, "network">): ConnectingNetwork | undefined {
  if (typeof network === "string" || network.kind !== "own") return undefined;
  const connected = Promise.withResolvers<readonly InterfaceSetup[] | undefined>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let done: Promise<void> | undefined;
  return {
    connected: connected.promise,
    heard() {
      const { readEnd, writeEnd } = openPipe();
      void connected.promise.then((setups) => tell(writeEnd, setups));
      return readEnd;
    },
    begin(launched) {
      const look = () => {
        const started = launched.events().find((event) => event.event === "started");
        if (started === undefined) return;
        clearInterval(timer);
        done = network.connect(started.pid).then(connected.resolve);
        done.catch(() => {
          launched.kill();
          connected.resolve(undefined);
        });
      };
      timer = setInterval(look, lookMs);
      look();
    },
    async failed() {
      await done;
    },
    end() {
      clearInterval(timer);
      if (done === undefined) connected.resolve(undefined);
    },
  };
}

function tell(writeEnd: number, setups: readonly InterfaceSetup[] | undefined): void {
  try {
    if (setups !== undefined) writeSync(writeEnd, JSON.stringify(setups));
  } catch (error) {
    // The step has ended meanwhile, and tells why by itself.
    if (errnoOf(error) !== "EPIPE") throw error;
  } finally {
    closeSync(writeEnd);
  }
}
