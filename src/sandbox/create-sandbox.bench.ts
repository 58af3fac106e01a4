/**
 * What a step costs beside its program: `bun src/sandbox/create-sandbox.bench.ts [ROUNDS]`, as root or in a user namespace, with busybox installed.
 * Prints the median and best of the whole run() and of the parts of its start.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startAgents } from "./agent/start-agents.ts";
import { createSandbox } from "./create-sandbox.ts";

const rounds = Number(process.argv[2] ?? 20);
const directory = mkdtempSync("/dev/shm/kasane-bench-");
const lower = join(directory, "lower");
mkdirSync(join(lower, "bin"), { recursive: true });
copyFileSync("/bin/busybox", join(lower, "bin/true"));

async function measure(name: string, round: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < rounds; index++) {
    const start = performance.now();
    await round();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(44)} median ${times[rounds >> 1]!.toFixed(1)} ms, best ${times[0]!.toFixed(1)} ms`,
  );
}

const namespaces = { pid: "private", ipc: "private", uts: "private", cgroup: "private" } as const;

try {
  const sandbox = createSandbox();
  let count = 0;
  await measure("run() of a program that ends at once", () => {
    const [upper, work] = [join(directory, `u${count}`), join(directory, `w${count++}`)];
    for (const path of [upper, work]) mkdirSync(path);
    return sandbox.run({
      rootfs: { kind: "overlay", lower: [lower], upper, work },
      argv: ["true"],
      env: [],
      cwd: "/",
      user: "",
      hostname: "bench",
      mounts: [],
      network: "host",
      stdio: { kind: "pipe", output: () => {} },
    });
  });
  await measure("of which: agents, started and ended", async () => {
    const agents = startAgents({ network: "host", mounts: [], confinement: { namespaces } });
    agents?.first([["umask", 0o022]]);
    agents?.kill();
    await agents?.ended();
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
