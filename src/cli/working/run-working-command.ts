import type { WorkingContainer } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { SandboxMount, Stdio } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { deviceOptions } from "../containers/isolation-flags.ts";
import { warn } from "../messages/tell.ts";

/** What `run` of a working container is told, by whichever grammar. */
export interface WorkingCall {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly volumes: readonly string[];
  readonly mounts?: readonly SandboxMount[];
  readonly terminal: boolean;
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  readonly hostname?: string | undefined;
  readonly network?: string | undefined;
  readonly noNewPrivileges?: boolean;
  readonly devices?: readonly string[];
  readonly cdiSpecDirs?: readonly string[];
  /** A history entry of this time. */
  readonly addHistory?: string | undefined;
}

/** Runs a command in a working container; returns its exit code. */
export async function runWorkingCommand(
  context: CommandContext,
  store: LocalStore,
  container: WorkingContainer,
  call: WorkingCall,
): Promise<number> {
  const { terminal } = context;
  const [{ createSandbox }, containers, { runInWorking }] = await Promise.all([
    import("../../sandbox/mod.ts"),
    import("../../container/mod.ts"),
    import("../../working/mod.ts"),
  ]);
  if (call.argv.length === 0) {
    throw new KasaneError("usage", `no command is given to run in ${container.name}`, {
      hint: "write it after the container's name: a working container runs no command of its image",
    });
  }
  const { parseBind } = await import("../containers/mounts/volume-flag.ts");
  const binds = call.volumes.map((text) => parseBind(text, process.cwd()));
  for (const { source } of binds) containers.makeSource(source);
  const stdio: Stdio = call.terminal ? { kind: "terminal", stdin: true } : { kind: "inherit", stdin: true };
  context.leaveSignals();
  const { user, workdir, hostname } = call;
  const status = await runInWorking(store, container, {
    argv: call.argv,
    env: containers.parseEnv(call.env, context.env),
    mounts: [...binds, ...(call.mounts ?? [])],
    network: call.network === "none" ? "none" : "host",
    isolation: {
      ...(await deviceOptions(call.devices ?? [], call.cdiSpecDirs ?? [])),
      noNewPrivileges: call.noNewPrivileges ?? false,
    },
    stdio,
    sandbox: createSandbox({ onWarning: (message) => warn(terminal, message) }),
    ...(user !== undefined && { user }),
    ...(workdir !== undefined && { workdir }),
    ...(hostname !== undefined && { hostname }),
  });
  const created = call.addHistory;
  if (created !== undefined && status.code === 0) {
    const entry = { created, created_by: `/bin/sh -c ${call.argv.join(" ")}`, empty_layer: true };
    await containers.updateWorking(store, container.id, (settings) => ({
      ...settings,
      working: { ...settings.working, history: [...settings.working.history, entry] },
    }));
  }
  return status.code;
}
