import { closeSync, writeSync } from "node:fs";
import { errnoOf } from "../lib/mod.ts";
import type { Launched } from "./launch.ts";
import { openPipe } from "./pipe.ts";
import { lookMs } from "./running-program.ts";
import type { InterfaceSetup, SandboxStep } from "./sandbox.ts";

export interface ConnectingNetwork {
  /** For the stage: where it hears that it is done. */
  readonly heard: number;
  begin(launched: Launched): void;
  /** Throws what it failed with, if it did. */
  failed(): Promise<void>;
  end(): void;
}

/** Has a step's own network connected while its root is being furnished; undefined where nobody wants to. */
export function connecting({ network }: Pick<SandboxStep, "network">): ConnectingNetwork | undefined {
  if (typeof network === "string" || network.kind !== "own") return undefined;
  const { readEnd, writeEnd } = openPipe();
  let timer: ReturnType<typeof setInterval> | undefined;
  let done: Promise<void> | undefined;
  return {
    heard: readEnd,
    begin(launched) {
      closeSync(readEnd);
      const look = () => {
        const started = launched.events().find((event) => event.event === "started");
        if (started === undefined) return;
        clearInterval(timer);
        done = network.connect(started.pid).then((setups) => tell(writeEnd, setups));
        done.catch(() => launched.kill()).finally(() => closeSync(writeEnd));
      };
      timer = setInterval(look, lookMs);
      look();
    },
    async failed() {
      await done;
    },
    end() {
      clearInterval(timer);
      if (done === undefined) closeSync(writeEnd);
    },
  };
}

function tell(writeEnd: number, setups: readonly InterfaceSetup[]): void {
  try {
    writeSync(writeEnd, JSON.stringify(setups));
  } catch (error) {
    // The step has ended meanwhile, and tells why by itself.
    if (errnoOf(error) !== "EPIPE") throw error;
  }
}
