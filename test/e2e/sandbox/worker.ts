/**
 * Runs one step in the sandbox and prints what came of it as JSON: in a process of its own, because the tests run as several users. Started with the
 * path of a JSON file of WorkerRequest; runs itself again in a user namespace where it has to.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isKasaneError } from "../../../src/lib/mod.ts";
import {
  createSandbox,
  privilege,
  reexecInUserNamespace,
  type SandboxStep,
} from "../../../src/sandbox/mod.ts";
import { makeStepRoot } from "./step-root.ts";

export interface WorkerRequest {
  /** Gets `lower`, `upper` and `work` where they are missing. */
  readonly directory: string;
  /** A shell script that prepares the lower directory, run in it once. */
  readonly prepare?: string;
  readonly step: Partial<SandboxStep> & { readonly argv: readonly string[] };
  readonly stdin?: string;
  /** Only prepares a start, says so, and waits. */
  readonly waits?: boolean;
  /** Shown instead of running anything: what is in the upper directory. */
  readonly kind?: "directory";
}

export interface WorkerResult {
  readonly code?: number;
  readonly signal?: string;
  readonly scaffolding?: readonly string[];
  readonly out: string;
  readonly err: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly exitCode?: unknown;
    readonly hint?: string;
  };
  readonly warnings: readonly string[];
  /** What is in the upper directory afterwards, sorted. */
  readonly upper: readonly string[];
}

if (import.meta.main) {
  const [file, ...paths] = process.argv.slice(2) as [string, ...string[]];
  if (privilege() === "none") process.exit(await reexecInUserNamespace(process.argv.slice(2)));
  if (file === "--remove") {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
    process.exit(0);
  }
  const request = JSON.parse(readFileSync(file, "utf8")) as WorkerRequest;
  if (request.waits) {
    await createSandbox().prepare("host");
    console.log("waiting");
    await Bun.sleep(86_400_000);
  }
  console.log(JSON.stringify(await runRequest(request)));
}

async function runRequest({ directory, prepare, step, stdin, kind }: WorkerRequest): Promise<WorkerResult> {
  const [lower, upper, work] = ["lower", "upper", "work"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  if (!existsSync(lower)) await makeStepRoot(lower, prepare);
  for (const path of [upper, work]) mkdirSync(path, { recursive: true });
  const output = { stdout: "", stderr: "" };
  const warnings: string[] = [];
  const decoder = new TextDecoder();
  let outcome: Partial<WorkerResult>;
  try {
    outcome = await createSandbox({ onWarning: (message) => warnings.push(message) }).run({
      rootfs: kind === "directory" ? { kind, path: lower } : { kind: "overlay", lower: [lower], upper, work },
      env: [],
      cwd: "/",
      user: "",
      hostname: "box",
      mounts: [],
      network: "host",
      stdio: {
        kind: "pipe",
        output: (stream, chunk) => {
          output[stream] += decoder.decode(chunk);
        },
        ...(stdin === undefined ? {} : { stdin: new Blob([stdin]).stream() }),
      },
      ...step,
    });
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    const { code, message, data, hint } = error;
    outcome = { error: { code, message, exitCode: data.exitCode, ...(hint ? { hint } : {}) } };
  }
  const listing = Bun.spawnSync(["find", ".", "-mindepth", "1", "-printf", "%P\n"], { cwd: upper });
  const names = listing.stdout.toString().split("\n").filter(Boolean).sort();
  return { ...outcome, out: output.stdout, err: output.stderr, warnings, upper: names };
}
