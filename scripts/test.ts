/**
 * Everything: what `npm run ok` checks, then what the distribution specification asks of a registry (test/conformance), the tests that
 * cross folders (test/e2e) and those against other programs (test/interop). Ends with `N passed, N failed, N skipped`. Tests whose peer is missing skip visibly; with KASANE_REQUIRE_PEERS=1 they
 * fail instead. Arguments choose files: npm test -- test/interop/skopeo
 */
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const chosen = process.argv.slice(2);

/** Tests expect messages as they are written, whatever the developer's language. */
const english: NodeJS.ProcessEnv = { ...process.env, LC_ALL: "C.UTF-8" };

const tally = { passed: 0, failed: 0, skipped: 0 };

/** What is said of each test that failed: once more at the end, where somebody looks. */
const failures: string[] = [];

/** The most lines of one failure that are said again. */
const maxFailureLines = 120;

/** Reads `bun test`'s report as it is written, and hands it on. Lines of one test come before the line that names it. */
async function follow(report: ReadableStream<Uint8Array>, output: "inherit" | number): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  let lines: string[] = [];
  let isSummary = false;
  for await (const bytes of report) {
    if (output === "inherit") process.stderr.write(bytes);
    else writeSync(output, bytes);
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      isSummary ||= /^\d+ tests? (failed|skipped):$/.test(line);
      if (isSummary) continue;
      lines.push(line);
      if (/^\((pass|skip|todo)\) /.test(line)) lines = [];
      else if (line.startsWith("(fail) ")) {
        failures.push(lines.slice(-maxFailureLines).join("\n"));
        lines = [];
      }
    }
  }
}

async function step(command: string[], output: "inherit" | number = "inherit"): Promise<boolean> {
  const child = Bun.spawn(command, {
    cwd: root,
    env: english,
    stdout: output,
    stderr: "pipe",
    stdin: "ignore",
  });
  await follow(child.stderr, output);
  return (await child.exited) === 0;
}

interface TestRun {
  readonly paths: readonly string[];
  readonly flags?: readonly string[];
  /** Its output is shown when it has ended, in one piece: another one is writing meanwhile. */
  readonly isBeside?: boolean;
}

/** One `bun test` run, counted from its JUnit report. */
async function bunTest({ paths, flags = [], isBeside = false }: TestRun): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "kasane-test-report-"));
  const reportFile = join(directory, "junit.xml");
  const outputFile = join(directory, "output");
  const output = isBeside ? openSync(outputFile, "ax") : "inherit";
  try {
    const passed = await step(
      [
        process.execPath,
        "test",
        ...flags,
        "--timeout=600000",
        "--reporter=junit",
        `--reporter-outfile=${reportFile}`,
        ...paths,
      ],
      output,
    );
    const head = readFileSync(reportFile, "utf8").match(/<testsuites [^>]*>/)?.[0] ?? "";
    const count = (name: string) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
    const failed = count("failures") + count("errors");
    tally.failed += failed || (passed ? 0 : 1);
    tally.skipped += count("skipped");
    tally.passed += count("tests") - failed - count("skipped");
  } catch (error) {
    console.error(error);
    tally.failed += 1;
  } finally {
    if (output !== "inherit") closeSync(output);
    if (isBeside) await Bun.write(Bun.stdout, Bun.file(outputFile));
    rmSync(directory, { recursive: true, force: true });
  }
}

if (chosen.length > 0) {
  const paths = chosen.map((path) => (path.startsWith(".") || path.startsWith("/") ? path : `./${path}`));
  await bunTest({ paths });
} else {
  for (const [name, command] of [
    ["format and lint", ["node_modules/.bin/biome", "ci", "--colors=off", "--error-on-warnings", "."]],
    ["types", ["node_modules/.bin/tsc", "--noEmit"]],
    ["import direction", [process.execPath, "scripts/layers.ts"]],
  ] as const) {
    const passed = await step([...command]);
    console.log(`${passed ? "ok  " : "FAIL"} ${name}`);
    tally[passed ? "passed" : "failed"] += 1;
  }
  await bunTest({ paths: ["./src/", "./scripts/"], flags: ["--parallel", "--no-isolate"] });
  // Ordinary users run it, too.
  const directory = mkdtempSync(join(tmpdir(), "kasane-test-program-"));
  chmodSync(directory, 0o755);
  const program = join(directory, "kasane");
  const isBuilt = await step([process.execPath, "scripts/build.ts", program]);
  console.log(`${isBuilt ? "ok  " : "FAIL"} the compiled program`);
  tally[isBuilt ? "passed" : "failed"] += 1;
  if (isBuilt) english.KASANE_TEST_PROGRAM = program;
  // They start daemons, fill disks and kill processes, and wait for all of that: three at a time, the longest first.
  const longest = "test/interop/builders/builders.test.ts";
  const files = new Bun.Glob("test/{interop,conformance,e2e}/**/*.test.ts").scanSync({ cwd: root });
  const waiting = [
    longest,
    ...[...files]
      .sort()
      .reverse()
      .filter((file) => file !== longest),
  ].values();
  const row = async () => {
    for (const file of waiting) await bunTest({ paths: [`./${file}`], isBeside: true });
  };
  await Promise.all([row(), row(), row()]);
  rmSync(directory, { recursive: true, force: true });
}
for (const failure of failures) console.log(`\n${failure}`);
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
