/** `npm run build [-- FILE]`: one executable, dist/kasane, that needs neither Node, npm nor this checkout. */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { startJitPolicy } from "../src/cli/jit-policy.ts";
import { alignSegments, hugePage } from "./align-segments.ts";

const root = resolve(import.meta.dir, "..");
const outfile = resolve(process.argv[2] ?? resolve(root, "dist/kasane"));
mkdirSync(dirname(outfile), { recursive: true });

const scratch = mkdtempSync(join(tmpdir(), "kasane-build-"));
try {
  await build();
  // Once more, with what a start uses side by side: a tenth of the page faults less.
  await build({ bytecodeOrder: recordStarts(scratch) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
// Bun writes it in small pieces, and small they stay in the page cache, where every one of them has to be mapped by itself: written anew by
// huge pages, with its segments where those can be, `kasane version` took 6.3 ms instead of 9.4 (tenth of a hundred calls, ext4).
const whole = `${outfile}.whole`;
const program = alignSegments(readFileSync(outfile));
const file = openSync(whole, "w", statSync(outfile).mode);
for (let at = 0; at < program.length; )
  at += writeSync(file, program, at, Math.min(hugePage, program.length - at));
closeSync(file);
renameSync(whole, outfile);
console.log(`${relative(process.cwd(), outfile)}: ${(statSync(outfile).size / 1e6).toFixed(0)} MB`);

async function build({ bytecodeOrder = [] }: { bytecodeOrder?: string[] } = {}): Promise<void> {
  const result = await Bun.build({
    // Threads have entries of their own.
    entrypoints: [
      resolve(root, "src/cli/main.ts"),
      resolve(root, "src/blob/hash-worker.ts"),
      resolve(root, "src/network/forward/forward-thread.ts"),
    ],
    root: resolve(root, "src"),
    target: "bun",
    // Fewer names to be made when it starts.
    minify: true,
    // Compiled ahead and split by command: `kasane version` starts in 7 ms instead of 37, `kasane images` in 14 instead of 43.
    format: "esm",
    bytecode: true,
    splitting: true,
    compile: {
      outfile,
      ...(bytecodeOrder.length > 0 && { bytecodeOrder }),
      // From the first instruction on what cli/main.ts says as soon as it runs.
      jitPolicy: startJitPolicy,
      // The directory it is called in may be anybody's: its .env and its bunfig.toml, which can name programs, are not for Kasane.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  for (const log of result.logs) console.error(log);
  if (!result.success) process.exit(1);
}

/** Runs what people call most, and those that only look, which are over soonest. Returns files that say which functions each of them used. */
function recordStarts(directory: string): string[] {
  const files = join(directory, "files");
  mkdirSync(files);
  writeFileSync(join(files, "hello"), "hello\n");
  const calls = [
    ["version"],
    ["import", files, "hello"],
    ["images"],
    ["inspect", "hello"],
    ["history", "hello"],
    ["ps", "-a"],
    ["tag", "hello", "hello:again"],
    ["system", "df"],
  ];
  return calls.map((call, index) => {
    const profile = join(directory, `profile-${index}`);
    const run = Bun.spawnSync([outfile, "--root", join(directory, "store"), ...call], {
      env: { PATH: process.env.PATH ?? "", BUN_BYTECODE_ORDER_OUT: profile },
    });
    if (!run.success) throw new Error(`${call.join(" ")}: ${run.stderr.toString()}`);
    return profile;
  });
}
