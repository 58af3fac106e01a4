import { closeSync, openSync } from "node:fs";
import { startStage, type WaitingStage } from "./launch.ts";
import { openPipe } from "./pipe.ts";
import type { PreparedStart } from "./sandbox.ts";

/** The program's output, before anybody listens. */
export interface OutputPipes {
  readonly stdout: ReturnType<typeof openPipe>;
  readonly stderr: ReturnType<typeof openPipe>;
}

export function openOutputPipes(): OutputPipes {
  return { stdout: openPipe(), stderr: openPipe() };
}

/** All of its own. */
const namespaces = { pid: "private", ipc: "private", uts: "private", cgroup: "private" } as const;

/** A stage that waits for a step whose output goes through pipes and that reads nothing. */
export class PreparedStage implements PreparedStart {
  readonly network: "host" | "none";
  readonly #pipes = openOutputPipes();
  readonly #stage: WaitingStage;
  #isTaken = false;
  #isDisposed = false;

  constructor(network: "host" | "none") {
    this.network = network;
    const nothing = openSync("/dev/null", "r");
    const { stdout, stderr } = this.#pipes;
    try {
      const descriptors = [nothing, stdout.writeEnd, stderr.writeEnd];
      this.#stage = startStage({ network, mounts: [], confinement: { namespaces } }, { descriptors });
    } catch (error) {
      this.#closePipes();
      throw error;
    } finally {
      closeSync(nothing);
    }
  }

  /** Once, and not where it has ended meanwhile: whoever gets it closes the pipes. */
  take(): { readonly stage: WaitingStage; readonly pipes: OutputPipes } | undefined {
    if (this.#isTaken || this.#isDisposed || !this.#stage.isThere()) return undefined;
    this.#isTaken = true;
    return { stage: this.#stage, pipes: this.#pipes };
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed || this.#stage.isTold()) return;
    this.#isDisposed = true;
    if (!this.#isTaken) this.#closePipes();
    this.#stage.kill();
    await this.#stage.exited;
    this.#stage.dispose();
  }

  #closePipes(): void {
    for (const { readEnd, writeEnd } of Object.values(this.#pipes)) {
      closeSync(readEnd);
      closeSync(writeEnd);
    }
  }
}
