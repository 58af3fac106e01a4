import { closeSync, readFileSync } from "node:fs";
import type { HandedDescriptors, StageNamespaces, WaitingStage } from "../launch.ts";
import { openPipe } from "../pipe.ts";
import type { InterfaceSetup } from "../sandbox.ts";
import { hasPropagation } from "../stage/bind-source.ts";
import { failureOf, type StageCaller } from "../stage/caller.ts";
import {
  AT_FDCWD,
  callHere,
  forgetAddresses,
  MS_PRIVATE,
  MS_REC,
  performedBy,
  sys,
} from "../stage/kernel.ts";
import { furnishRoot } from "../stage/new-root.ts";
import type { StageEvent, StagePlan } from "../stage/plan.ts";
import { AgentGone } from "./agent.ts";
import { type Agents, startAgents } from "./start-agents.ts";

const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const killedCode = 137;

/** Whether an agent can make what a stage has to be started with. What is joined, or made by others, needs programs. */
function isForAgents(namespaces: StageNamespaces): boolean {
  const { pid, ipc, uts } = namespaces.confinement.namespaces;
  return (
    pid === "private" &&
    typeof ipc !== "number" &&
    typeof uts !== "number" &&
    namespaces.join === undefined &&
    namespaces.networkOf === undefined &&
    namespaces.confinement.runtime === undefined &&
    !hasPropagation(namespaces)
  );
}

/** A stage that is this process: it furnishes the root by an agent's system calls, and the agent becomes the program. Undefined where that cannot be. */
export function startAgentStage(namespaces: StageNamespaces): WaitingStage | undefined {
  const agents = isForAgents(namespaces) ? startAgents(namespaces) : undefined;
  return agents && new AgentStage(agents);
}

class AgentStage implements WaitingStage {
  readonly #agents: Agents;
  readonly #events: StageEvent[] = [];
  readonly #exited = Promise.withResolvers<number>();
  /** The program's to write on until it is one; read to its end that one has nothing of this process any more. */
  #status: { readonly readEnd: number; readonly writeEnd: number } | undefined;
  #isTold = false;
  #isOver = false;

  constructor(agents: Agents) {
    this.#agents = agents;
  }

  get exited(): Promise<number> {
    return this.#exited.promise;
  }

  isThere(): boolean {
    if (this.#isOver) return false;
    if (this.#events.length > 0) return this.#agents.agent.isThere;
    // Its number in the pid namespace whose proc is mounted here.
    const text = new Uint8Array(16);
    const [, length = -1] =
      this.#agents.first([
        ["umask", 0o022],
        ["readlinkat", AT_FDCWD, "/proc/self", text, text.length],
      ]) ?? [];
    if (length < 0) return false;
    const pid = Number(Buffer.from(text.subarray(0, length)).toString());
    this.#events.push({ event: "started", pid });
    return true;
  }

  isTold(): boolean {
    return this.#isTold;
  }

  events(): StageEvent[] {
    return this.#events;
  }

  complaints(): string {
    return "";
  }

  begin(plan: StagePlan, { stdio, network }: HandedDescriptors): void {
    this.#isTold = true;
    // Killed while it waited.
    if (this.#isOver) return;
    const [stdin = -1, stdout = -1, stderr = -1, terminal = -1] = stdio;
    this.#status = openPipe();
    const caller: StageCaller = {
      report: (event) => this.#events.push(event),
      status: this.#status.writeEnd,
      stdio: [stdin, stdout, stderr],
      terminal,
    };
    this.#work(() => {
      const { agent } = this.#agents;
      const become = performedBy(agent, () => {
        sys("mount", "none", "/", null, MS_REC | MS_PRIVATE, null);
        return furnishRoot(plan, caller);
      });
      const goOn = (setups: readonly InterfaceSetup[]) => performedBy(agent, () => become(setups));
      if (network === undefined) return goOn([]);
      void network.connected.then((setups) => {
        if (this.#isOver) return;
        if (setups === undefined) this.#end(125);
        else this.#work(() => goOn(setups));
      });
    });
  }

  /** Works until the agent is the program, or nothing can become of it. */
  #work(work: () => void): void {
    const dumpable = callHere("prctl", PR_GET_DUMPABLE, 0, 0, 0, 0);
    try {
      work();
    } catch (error) {
      const hasBegun = this.#events.some(({ event }) => event === "exec");
      if (error instanceof AgentGone && hasBegun) this.#letGo();
      else if (error instanceof AgentGone) this.#end(killedCode);
      else {
        const { event, exitCode } = failureOf(error);
        this.#events.push(event);
        this.#end(exitCode);
      }
      // Of the memory it shared with us: nobody was to look into it while it was as powerless as its program. By now it has another, or has ended.
      callHere("prctl", PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    }
  }

  #letGo(): void {
    this.#isOver = true;
    this.#closeOpened();
    try {
      this.#agents.letGo();
    } catch (error) {
      // Killed at this moment.
      if (!(error instanceof AgentGone)) throw error;
    }
    this.#hearStatus();
    this.#agents.ended().then(this.#exited.resolve, this.#exited.reject);
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#agents.kill();
    this.#hearStatus();
    this.#closeOpened();
    this.#agents.ended().then(() => this.#exited.resolve(code), this.#exited.reject);
  }

  /** Waits until the agent is another program, or has ended. */
  #hearStatus(): void {
    if (this.#status === undefined) return;
    const { readEnd, writeEnd } = this.#status;
    this.#status = undefined;
    closeSync(writeEnd);
    const lines = readFileSync(readEnd, "utf8").split("\n").filter(Boolean);
    this.#events.push(...lines.map((line) => JSON.parse(line) as StageEvent));
    closeSync(readEnd);
  }

  #closeOpened(): void {
    const { opened } = this.#agents.agent;
    for (const fd of opened) closeSync(fd);
    opened.clear();
    forgetAddresses();
  }

  kill(): void {
    if (this.#isOver) this.#agents.kill();
    else this.#end(killedCode);
  }

  dispose(): void {
    if (!this.#isTold && !this.#isOver) this.#end(killedCode);
  }
}
