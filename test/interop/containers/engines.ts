/** The same small image in docker, podman and Kasane, and how each of them is called. */
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { type Finished, kasane, missing, run, runOk } from "../../outside.ts";
import { podman, removePodmanStorage, scratch, startDockerd } from "../peers.ts";

export type Engine = "docker" | "podman" | "kasane";

export interface Engines extends AsyncDisposable {
  readonly directory: string;
  command(engine: Engine): {
    readonly argv: readonly string[];
    readonly env: Record<string, string | undefined>;
  };
  call(engine: Engine, ...argv: readonly string[]): Promise<Finished>;
}

export const areMissing = missing("dockerd", "podman", "runc", "busybox") || process.getuid?.() !== 0;

/** The image is called `box`. */
export async function startEngines(): Promise<Engines> {
  const work = await scratch("engines");
  const at = (name: string) => join(work.path, name);
  await makeStepRoot(at("rootfs"));
  await runOk(["tar", "-C", at("rootfs"), "--owner=0", "--group=0", "-cf", at("box.tar"), "."]);
  const daemon = await startDockerd();
  const pod = await podman(at("podman"));
  await daemon.docker("import", at("box.tar"), "box");
  await pod("import", "-q", at("box.tar"), "box");
  const own = [kasane, "--root", at("store")];
  await runOk([...own, "import", at("box.tar"), "box"]);
  const commands = {
    docker: { argv: daemon.docker.argv, env: daemon.docker.env },
    podman: { argv: pod.argv, env: pod.env },
    kasane: { argv: own, env: {} },
  };
  const call = (engine: Engine, ...argv: readonly string[]) =>
    run([...commands[engine].argv, ...argv], { env: commands[engine].env, stdin: "ignore" });
  return {
    directory: work.path,
    command: (engine) => commands[engine],
    call,
    async [Symbol.asyncDispose]() {
      for (const engine of ["docker", "podman", "kasane"] as const) {
        const ids = (await call(engine, "ps", "-aq")).out.split("\n").filter(Boolean);
        if (ids.length > 0) await call(engine, "rm", "-f", ...ids);
      }
      await daemon[Symbol.asyncDispose]();
      await removePodmanStorage(at("podman"));
      await work[Symbol.asyncDispose]();
    },
  };
}

/** What `look` gives once `isRight` says yes to it, or after `patienceMs`. */
export async function settled<T>(
  look: () => Promise<T>,
  isRight: (value: T) => boolean,
  patienceMs = 20_000,
): Promise<T> {
  for (const end = Date.now() + patienceMs; ; await Bun.sleep(50)) {
    const value = await look();
    if (isRight(value) || Date.now() > end) return value;
  }
}
