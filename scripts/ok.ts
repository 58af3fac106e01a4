/** The quick gate, under a minute: format and lint, types, import direction, unit tests. The first three run side by side. */
import { resolve } from "node:path";
import { checkLayers } from "./layers.ts";

const root = resolve(import.meta.dir, "..");

async function run(name: string, command: string[]): Promise<boolean> {
  const started = performance.now();
  // Tests expect messages as they are written, whatever the developer's language.
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  const child = Bun.spawn(command, { cwd: root, env, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  report(name, code === 0, started, out + err);
  return code === 0;
}

function report(name: string, passed: boolean, started: number, output: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!passed) console.log(output.trimEnd());
  console.log(`${passed ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
}

async function layers(): Promise<boolean> {
  const started = performance.now();
  const problems = await checkLayers();
  report("import direction", problems.length === 0, started, problems.join("\n"));
  return problems.length === 0;
}

const quick = await Promise.all([
  run("format and lint", ["node_modules/.bin/biome", "ci", "--colors=off", "--error-on-warnings", "."]),
  run("types", ["node_modules/.bin/tsc", "--noEmit"]),
  layers(),
]);
// One worker a core; files of a worker share their modules, which are most of what a short file costs.
const tests = await run("unit tests", [
  process.execPath,
  "test",
  "--parallel",
  "--no-isolate",
  // Beside other work everything takes longer.
  "--timeout=30000",
  "./src/",
  "./scripts/",
]);
process.exit([...quick, tests].every(Boolean) ? 0 : 1);
