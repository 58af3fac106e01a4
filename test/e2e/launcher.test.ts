import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const checkout = resolve(import.meta.dir, "../..");
const architecture = process.arch === "arm64" ? "aarch64" : process.arch;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kasane-launcher-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A package directory with the launcher, a one-line program and whatever node_modules the case is about. */
function packageAt(name: string, node_modules: Record<string, "bun" | "placeholder">): string {
  const path = join(directory, name);
  mkdirSync(join(path, "src/cli"), { recursive: true });
  cpSync(join(checkout, "bin"), join(path, "bin"), { recursive: true });
  writeFileSync(join(path, "src/cli/main.ts"), "console.log('started', process.argv.slice(2).join(' '));");
  for (const [file, kind] of Object.entries(node_modules)) {
    const target = join(path, file);
    mkdirSync(join(target, ".."), { recursive: true });
    if (kind === "placeholder") {
      writeFileSync(target, "echo this is not bun\n");
      chmodSync(target, 0o755);
    } else {
      try {
        linkSync(process.execPath, target);
      } catch {
        cpSync(process.execPath, target);
      }
    }
  }
  return path;
}

async function call(
  file: string,
  args: string[],
  cwd = "/",
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([file, ...args], { cwd, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

const platformPackage = `node_modules/@oven/bun-linux-${architecture}/bin/bun`;

describe("bin/kasane", () => {
  test("starts the pinned Bun where npm ran the install scripts", async () => {
    const path = packageAt("installed", { "node_modules/bun/bin/bun.exe": "bun" });
    expect(await call(join(path, "bin/kasane"), ["a", "b c"])).toEqual({
      code: 0,
      out: "started a b c\n",
      err: "",
    });
  });

  test("finds it where npm ran no install scripts", async () => {
    const path = packageAt("no-scripts", {
      "node_modules/bun/bin/bun.exe": "placeholder",
      [platformPackage]: "bun",
    });
    expect((await call(join(path, "bin/kasane"), [])).out).toBe("started \n");
  });

  test("finds it beside the package when Kasane is a dependency", async () => {
    const path = packageAt("project/node_modules/kasane", {});
    packageAt("project", { [platformPackage]: "bun" });
    expect((await call(join(path, "bin/kasane"), ["x"])).out).toBe("started x\n");
  });

  test("works through a chain of symlinks, absolute and relative", async () => {
    const path = packageAt("linked", { [platformPackage]: "bun" });
    symlinkSync(join(path, "bin/kasane"), join(directory, "first"));
    symlinkSync("first", join(directory, "second"));
    expect((await call("./second", ["x"], directory)).out).toBe("started x\n");
  });

  test("takes nothing from the directory it is called in", async () => {
    const path = packageAt("trusted", { [platformPackage]: "bun" });
    writeFileSync(
      join(path, "src/cli/main.ts"),
      "console.log('started', process.env.KASANE_ROOT, process.execArgv.join(' '));",
    );
    const strange = join(directory, "strange");
    mkdirSync(strange);
    writeFileSync(join(strange, ".env"), "KASANE_ROOT=/elsewhere\n");
    writeFileSync(join(strange, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(strange, "preload.ts"), "console.log('not asked for');");
    expect((await call(join(path, "bin/kasane"), [], strange)).out).toBe(
      "started undefined --no-env-file --config=/dev/null\n",
    );
  });

  test("finds its package by a relative name", async () => {
    const path = packageAt("relative", { [platformPackage]: "bun" });
    expect((await call("bin/kasane", ["x"], path)).out).toBe("started x\n");
    expect((await call("../bin/kasane", ["x"], join(path, "src"))).out).toBe("started x\n");
    expect((await call("sh", ["kasane", "x"], join(path, "bin"))).out).toBe("started x\n");
  });

  test("says one clear line where nothing is installed", async () => {
    const path = packageAt("empty", {});
    const { code, out, err } = await call(join(path, "bin/kasane"), ["version"]);
    expect({ code, out }).toEqual({ code: 125, out: "" });
    expect(err).toBe(`kasane: the Bun runtime is not installed: run 'npm ci' in ${path}\n`);
  });
});
