/** What tests find outside the project: data, guides, and the programs of this machine. Absent things skip tests visibly, or fail them where they are required. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const checkout = resolve(import.meta.dir, "..");
/** The program that is tested: the whole test command names a compiled one, which starts in a third of the time. */
export const kasane = process.env.KASANE_TEST_PROGRAM ?? join(checkout, "bin/kasane");

/** Set where a missing peer is a failure. */
export const arePeersRequired = process.env.KASANE_REQUIRE_PEERS === "1";

/** The folder of the guides that describe the system, or undefined. */
export const guidesDirectory = existing(process.env.KASANE_GUIDES ?? resolve(checkout, "../shared/seeds"));

/** What takes long to make is kept here between runs: root file systems, compiled peers. */
export function cacheDirectory(): string {
  const path = process.env.KASANE_TEST_CACHE ?? join(tmpdir(), "kasane-test-cache");
  mkdirSync(path, { recursive: true });
  return path;
}

/** Where programs are looked for: on the PATH, and among the peers that were compiled for the tests. */
export const searchPath = `${process.env.PATH}:/usr/sbin:/sbin:${join(cacheDirectory(), "bin")}`;

/** True when every program is there. Missing ones skip a test, or fail it where peers are required. */
export function hasPrograms(...names: string[]): boolean {
  return names.every((name) => Bun.which(name, { PATH: searchPath }) !== null);
}

/** For `test.skipIf(missing("skopeo"))`. */
export function missing(...names: string[]): boolean {
  return !arePeersRequired && !hasPrograms(...names);
}

/** The fenced Dockerfiles of a guide, in order. */
export function guideDockerfiles(guide: string): string[] {
  const text = readFileSync(join(guidesDirectory!, guide), "utf8");
  return [...text.matchAll(/^```dockerfile\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export async function run(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: Blob | "ignore" } = {},
): Promise<Finished> {
  const child = Bun.spawn([...argv], {
    ...(options.cwd && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

/** run() that must succeed; returns its standard output. */
export async function runOk(...call: Parameters<typeof run>): Promise<string> {
  const { code, out, err } = await run(...call);
  if (code !== 0) throw new Error(`${call[0].join(" ")} ended with ${code}\n${out}\n${err}`);
  return out;
}
