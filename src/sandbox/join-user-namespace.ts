import { constants } from "node:os";
import { requireTool } from "./find-tool.ts";
import { ownCommand } from "./program.ts";
import { spawnWith } from "./spawn-with.ts";
import { innerEnvironment, passSignals } from "./user-namespace.ts";

/**
 * Runs this program again with `argv` as root of the user namespace that the process `pid` is in, as reexecInUserNamespace() does in a new one: what
 * runs there can be reached from no other. The mounts stay those of the caller.
 */
export async function reexecInUserNamespaceOf(pid: number, argv: readonly string[]): Promise<number> {
  const child = spawnWith(
    [
      ...[requireTool("nsenter"), `--user=/proc/${pid}/ns/user`, "--preserve-credentials", "--"],
      ...ownCommand(),
      ...argv,
    ],
    [0, 1, 2],
    { env: { ...process.env, ...innerEnvironment() } },
  );
  const signals = passSignals(child.pid);
  const code = await child.exited;
  signals.stop();
  return child.signalCode === null
    ? code
    : 128 + (constants.signals[child.signalCode as NodeJS.Signals] ?? 0);
}
