import { type StageNamespaces, startAlike, type WaitingStage } from "./launch.ts";
import type { PreparedStart } from "./sandbox.ts";
import { startStageAhead } from "./start-stage.ts";

/** All of its own. */
const namespaces = { pid: "private", ipc: "private", uts: "private", cgroup: "private" } as const;

/** A stage that waits for a step. */
export class PreparedStage implements PreparedStart {
  readonly network: "host" | "none";
  readonly #namespaces: StageNamespaces;
  readonly #stage: WaitingStage;
  #isTaken = false;
  #disposed: Promise<void> | undefined;

  constructor(network: "host" | "none") {
    this.network = network;
    this.#namespaces = { network, mounts: [], confinement: { namespaces } };
    this.#stage = startStageAhead(this.#namespaces);
  }

  /** Once, where it fits and has not ended meanwhile. */
  take(wanted: StageNamespaces): WaitingStage | undefined {
    if (this.#isTaken || !this.#stage.isThere() || !startAlike(this.#namespaces, wanted)) return undefined;
    this.#isTaken = true;
    return this.#stage;
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#stage.isTold() ? Promise.resolve() : this.#end();
    return this.#disposed;
  }

  async #end(): Promise<void> {
    this.#isTaken = true;
    this.#stage.kill();
    await this.#stage.exited;
    this.#stage.dispose();
  }
}
