import { isKasaneError, KasaneError, messageOf, type ProgressListener } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import type {
  ExitStatus,
  PreparedStart,
  RunningProgram,
  Sandbox,
  Stdio,
  StepOutput,
} from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { type Container, type ContainerState, encodeContainer } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { beginningHealth, checkCommand } from "../health/health.ts";
import type { HealthMonitor } from "../health/health-monitor.ts";
import { pauseProcesses, resumeProcesses } from "../isolation/pausing.ts";
import { withLimits } from "../isolation/update-limits.ts";
import { defaultLogLimits } from "../log/log-entry.ts";
import { LogWriter } from "../log/log-writer.ts";
import { withMembership, withoutMembership } from "../network/connect-container.ts";
import { type ContainerNetwork, prepareNetwork } from "../network/container-network.ts";
import { discardEnded } from "../remove-container.ts";
import { beginsAgain, nextPause, noRestart } from "../restart-policy.ts";
import { defaultStopTimeoutS, stopSignalOf } from "../stop-settings.ts";
import { listenForControl } from "./control-server.ts";
import { Hub } from "./hub.ts";
import type { ControlAnswer, ControlRequest } from "./request.ts";
import { type ProgramEnd, type RunnableImage, runProgram } from "./run-program.ts";

export interface SuperviseOptions {
  readonly sandbox: Sandbox;
  /** Its image, where somebody has just looked for it. */
  readonly found?: RunnableImage;
  /** For the first time its program begins, where it fits. */
  readonly prepared?: PreparedStart | undefined;
  /** Where it is not by itself: the caller's own input and output. What the program writes is handed to `tee` as well. */
  readonly stdio?: (tee: StepOutput | undefined) => Stdio;
  /** Told once, when its program begins. */
  readonly onBegun?: () => void;
  /** Kills the container. */
  readonly signal?: AbortSignal;
  /** Stops it, as `stop` does. */
  readonly ending?: AbortSignal;
  /** Told of what this system cannot give. */
  readonly onWarning?: (message: string) => void;
  /** Of unpacking layers that are not unpacked yet. */
  readonly progress?: ProgressListener;
}

export type Running = Extract<ContainerState, { kind: "running" }>;

export function runningNow(): Running {
  return { kind: "running", startedAtMs: Date.now(), pid: process.pid };
}

/**
 * Runs a container to its end, as often as its restart policy says: keeps its log, and answers on its control socket. Its row says that it runs.
 * @throws KasaneError `sandbox` with `data.exitCode` when it cannot start, `cancelled`
 */
export async function supervise(
  store: LocalStore,
  lease: LeaseId,
  container: Container,
  options: SuperviseOptions,
): Promise<ExitStatus> {
  const directory = containerDirectory(store, container.id);
  // What a terminal showed of a container that is gone with its end, nobody asks for.
  const { log: asked, removeWhenDone } = container.settings;
  const isKept = asked?.driver !== "none" && (options.stdio === undefined || !removeWhenDone);
  const log = isKept ? new LogWriter(directory, { ...defaultLogLimits, ...asked }) : undefined;
  const run = new ContainerRun(store, lease, container, options, new Hub(log));
  const control = listenForControl(directory, run.handlers);
  const end = () => run.stop();
  options.ending?.addEventListener("abort", end);
  try {
    return await run.toItsEnd();
  } finally {
    options.ending?.removeEventListener("abort", end);
    await control.stop();
    log?.close();
  }
}

type RunEnd = Pick<Extract<ContainerState, { kind: "exited" }>, "exitCode" | "error" | "isOutOfMemory">;

class ContainerRun {
  readonly #store: LocalStore;
  readonly #lease: LeaseId;
  #container: Container;
  readonly #options: SuperviseOptions;
  readonly #hub: Hub;
  readonly #end = Promise.withResolvers<number>();
  #runEnd = Promise.withResolvers<number>();
  #stop = Promise.withResolvers<void>();
  #isStopping = false;
  #state: Running;
  #program: RunningProgram | undefined;
  #network: ContainerNetwork | undefined;
  #health: Promise<HealthMonitor | undefined> | undefined;

  constructor(store: LocalStore, lease: LeaseId, container: Container, options: SuperviseOptions, hub: Hub) {
    this.#store = store;
    this.#lease = lease;
    this.#container = container;
    this.#options = options;
    this.#hub = hub;
    this.#state = container.state as Running;
  }

  readonly handlers = {
    request: (request: ControlRequest, caller: Parameters<Hub["attach"]>[0]) =>
      this.#request(request, caller),
    input: (chunk: Uint8Array) => this.#hub.input(chunk),
    resize: (size: Parameters<Hub["resize"]>[0]) => this.#hub.resize(size),
    gone: (caller: Parameters<Hub["detach"]>[0]) => this.#hub.detach(caller),
  };

  async toItsEnd(): Promise<ExitStatus> {
    let end: RunEnd = {};
    try {
      const status = await this.#runAll();
      end = { exitCode: status.code, ...(status.isOutOfMemory && { isOutOfMemory: true }) };
      return status;
    } catch (error) {
      const exitCode = error instanceof KasaneError ? error.data.exitCode : undefined;
      end = { error: messageOf(error), ...(typeof exitCode === "number" ? { exitCode } : {}) };
      throw error;
    } finally {
      await this.#settle(end);
      const code = end.exitCode ?? 255;
      this.#runEnd.resolve(code);
      this.#end.resolve(code);
    }
  }

  async #runAll(): Promise<ProgramEnd> {
    let pauseMs: number | undefined;
    for (let restarts = 0; ; restarts++) {
      const status = await this.#runOnce();
      const policy = this.#container.settings.restart ?? noRestart;
      if (this.#isStopping || !beginsAgain(policy, status.code, restarts)) return status;
      pauseMs = nextPause(pauseMs, Date.now() - this.#state.startedAtMs);
      const { isPaused: _, ...state } = this.#state;
      await this.#update({ ...state, restartingAfter: status.code });
      this.#runEnd.resolve(status.code);
      this.#runEnd = Promise.withResolvers();
      await Promise.race([Bun.sleep(pauseMs), this.#stop.promise]);
      if (this.#isStopping) return status;
      await this.#update({ ...runningNow(), restarts: restarts + 1 });
    }
  }

  async #runOnce(): Promise<ProgramEnd> {
    const { settings } = this.#container;
    const { stdio, sandbox, prepared, found, signal, progress } = this.#options;
    const tee = stdio !== undefined && settings.removeWhenDone ? undefined : this.#hub.output;
    let recorded: Promise<void> | undefined;
    const command = checkCommand(settings.config);
    const { onWarning = () => {} } = this.#options;
    const network = await prepareNetwork({ store: this.#store, onWarning }, this.#container);
    this.#network = network;
    try {
      return await runProgram(this.#store, this.#lease, this.#container, {
        ...{ sandbox, prepared, found, network },
        stdio:
          stdio?.(tee) ??
          this.#hub.stdio({ terminal: settings.terminal, stdin: settings.openStdin ?? false }),
        onStarted: (program) => {
          this.#program = program;
          if (this.#isStopping) program.kill("SIGKILL");
          recorded = this.#update({
            ...this.#state,
            programPid: program.pid,
            ...(network.running && { network: network.running }),
            ...(command && { health: beginningHealth }),
          });
          if (command) {
            this.#health = recorded.then(() => this.#watchHealth(command));
            this.#health.catch(() => {});
          }
          recorded.finally(() => this.#options.onBegun?.()).catch(() => {});
        },
        ...(signal ? { signal } : {}),
        ...(progress ? { progress } : {}),
      });
    } finally {
      this.#program = undefined;
      this.#network = undefined;
      await network.end();
      await recorded?.catch(() => {});
      await (await this.#health?.catch(() => undefined))?.stop();
      this.#health = undefined;
    }
  }

  async #watchHealth(command: readonly string[]): Promise<HealthMonitor | undefined> {
    const [{ HealthMonitor }, { runCheck }] = await Promise.all([
      import("../health/health-monitor.ts"),
      import("../health/run-check.ts"),
    ]);
    if (this.#program === undefined) return undefined;
    return new HealthMonitor({
      check: this.#container.settings.config.Healthcheck ?? {},
      startedAtMs: this.#state.startedAtMs,
      run: async (signal) =>
        this.#state.isPaused
          ? undefined
          : runCheck({ ...this.#container, state: this.#state }, command, signal),
      onChange: (health) => this.#update({ ...this.#state, health }),
    });
  }

  async #update(state: Running): Promise<void> {
    this.#state = state;
    const { id } = this.#container;
    await this.#store.meta.containers.update(id, encodeContainer({ ...this.#container, state }));
  }

  /** On a full disk the program's end is what counts: without its lease the container is told as ended, and the next sweep removes it. */
  async #settle(end: RunEnd): Promise<void> {
    const { id, settings } = this.#container;
    const { startedAtMs, restarts, health } = this.#state;
    const state: ContainerState = {
      kind: "exited",
      ...{ startedAtMs, finishedAtMs: Date.now(), ...end },
      ...(restarts === undefined ? {} : { restarts }),
      // As docker has it: nobody answers any more.
      ...(health && { health: { ...health, status: "unhealthy" } }),
    };
    try {
      if (settings.removeWhenDone) await discardEnded(this.#store, this.#container);
      else await this.#store.meta.containers.update(id, encodeContainer({ ...this.#container, state }));
    } catch (error) {
      if (!isKasaneError(error, "no-space")) throw error;
    }
  }

  async #request(request: ControlRequest, caller: Parameters<Hub["attach"]>[0]): Promise<ControlAnswer> {
    if (request.do === "wait") return { ok: true, exitCode: await this.#runEnd.promise };
    if (request.do === "attach") {
      this.#hub.attach(caller);
      return { ok: true, exitCode: await this.#end.promise };
    }
    if (request.do === "stop") {
      this.#stopProgram(request);
      return { ok: true, exitCode: await this.#end.promise };
    }
    if (request.do === "update") {
      this.#container = { ...this.#container, settings: withLimits(this.#container.settings, request) };
      await this.#update(this.#state);
      return { ok: true };
    }
    if (request.do === "check") {
      const result = await (await this.#health)?.check();
      return result === undefined ? { ok: false } : { ok: true, exitCode: result.exitCode };
    }
    const program = this.#program;
    if (program === undefined) return { ok: false };
    if (request.do === "join" || request.do === "leave") return this.#changeNetwork(request);
    if (request.do !== "signal") {
      await this.#pause(program, request.do === "pause");
      return { ok: true };
    }
    // As in Docker, what was killed on purpose does not begin again.
    if (request.signal === "SIGKILL" || request.signal === stopSignalOf(this.#container))
      this.#isStopping = true;
    program.kill(request.signal);
    if (this.#isStopping) this.#resume(program);
    return { ok: true };
  }

  async #pause(program: RunningProgram, isPaused: boolean): Promise<void> {
    if (isPaused) pauseProcesses(this.#container, program.pid);
    else resumeProcesses(this.#container, program.pid);
    const { isPaused: _, ...state } = this.#state;
    await this.#update(isPaused ? { ...state, isPaused } : state);
  }

  /** What stands still hears no signal. */
  #resume(program: RunningProgram): void {
    if (this.#state.isPaused) void this.#pause(program, false).catch(() => {});
  }

  async #changeNetwork(request: Extract<ControlRequest, { do: "join" | "leave" }>): Promise<ControlAnswer> {
    try {
      const { settings } = this.#container;
      const isJoining = request.do === "join";
      const network = isJoining
        ? await this.#network?.join?.(request.membership)
        : await this.#network?.leave?.(request.network);
      if (network === undefined) return { ok: false };
      const changed = isJoining
        ? withMembership(settings, request.membership)
        : withoutMembership(settings, request.network);
      this.#container = { ...this.#container, settings: changed };
      await this.#update({ ...this.#state, network });
      return { ok: true };
    } catch (error) {
      const hint = isKasaneError(error) ? error.hint : undefined;
      return { ok: false, error: { message: messageOf(error), ...(hint === undefined ? {} : { hint }) } };
    }
  }

  stop(): void {
    const { stopTimeoutS = defaultStopTimeoutS } = this.#container.settings;
    this.#stopProgram({ do: "stop", signal: stopSignalOf(this.#container), timeoutMs: stopTimeoutS * 1000 });
  }

  #stopProgram({ signal, timeoutMs }: Extract<ControlRequest, { do: "stop" }>): void {
    this.#isStopping = true;
    this.#stop.resolve();
    const program = this.#program;
    if (program === undefined) return;
    // To wait for a program that cannot hear would be to wait for nothing.
    if (timeoutMs === 0 || program.isDeafTo(signal)) {
      program.kill("SIGKILL");
      this.#resume(program);
      return;
    }
    program.kill(signal);
    this.#resume(program);
    if (!Number.isFinite(timeoutMs) || timeoutMs < 0) return;
    const timer = setTimeout(() => program.kill("SIGKILL"), timeoutMs);
    void this.#end.promise.then(() => clearTimeout(timer));
  }
}
