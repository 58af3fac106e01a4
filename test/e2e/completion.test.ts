/** The completion scripts in the shells they are for, at a terminal, with the tab key. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../outside.ts";
import { Session } from "./sandbox/session.ts";

let work: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-completion-"));
  mkdirSync(join(work, "rootfs"));
  mkdirSync(join(work, "bin"));
  writeFileSync(join(work, "bin/kasane"), `#!/bin/sh\nexec ${kasane} "$@"\n`, { mode: 0o755 });
  writeFileSync(join(work, "secrets-of-mine.json"), "{}");
  for (const name of ["demo:v1", "localhost:5000/team/app:v2"]) {
    await runOk([kasane, "--root", join(work, "store"), "import", "rootfs", name], { cwd: work });
  }
  await runOk([kasane, "--root", join(work, "store"), "volume", "create", "letters"]);
  await runOk([kasane, "--root", join(work, "store"), "network", "create", "backend"]);
  for (const shell of ["bash", "zsh", "fish"]) {
    await Bun.write(join(work, `kasane.${shell}`), await runOk([kasane, "completion", shell]));
  }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What is typed before the tab, and what stands there after it. */
const cases: [typed: string, completed: string][] = [
  ["kasane hist", "kasane history "],
  ["kasane image pru", "kasane image prune "],
  ["kasane images --no-tr", "kasane images --no-trunc "],
  ["kasane rmi dem", "kasane rmi demo:v1 "],
  ["kasane rmi localhost:5000/te", "kasane rmi localhost:5000/team/app:v2 "],
  ["kasane volume rm let", "kasane volume rm letters "],
  ["kasane network rm bac", "kasane network rm backend "],
  ["kasane login --authfile secr", "kasane login --authfile secrets-of-mine.json "],
];

const shells: { name: string; argv: string[]; setUp: string[] }[] = [
  {
    name: "bash",
    argv: ["bash", "--norc", "--noprofile", "-i"],
    setUp: ["bind 'set enable-bracketed-paste off'", "source kasane.bash"],
  },
  {
    name: "zsh",
    argv: ["zsh", "-f", "-i"],
    setUp: ["autoload -Uz compinit", "compinit -u -D", "source kasane.zsh", "unset zle_bracketed_paste"],
  },
  { name: "fish", argv: ["fish", "--no-config", "-i"], setUp: ["source kasane.fish"] },
];

describe.each(shells)("$name", ({ name, argv, setUp }) => {
  test.skipIf(missing(name)).each(cases)("%p becomes %p", async (typed, completed) => {
    const env = [
      `PATH=${join(work, "bin")}:${process.env.PATH}`,
      `KASANE_ROOT=${join(work, "store")}`,
      `HOME=${work}`,
      `XDG_CONFIG_HOME=${work}`,
      `XDG_DATA_HOME=${work}`,
      "TERM=dumb",
      "PS1=> ",
      "LC_ALL=C.UTF-8",
    ];
    const session = new Session(["env", "-C", work, "-i", ...env, ...argv]);
    try {
      for (const line of setUp) session.type(`${line}\r`);
      // The shell prints what it has read: it is ready then.
      session.type("echo is''ready\r");
      await session.see(/isready[\r\n]/);
      session.type(`${typed}\t`);
      // What stands on the line is what echo prints of it.
      const expected = completed.trim();
      await session.see(new RegExp(expected.slice(typed.length).replaceAll(/[.*+?/]/g, "\\$&")));
      session.type("\x01echo [\x05]\r");
      await session.see(new RegExp(`\\[${expected.replaceAll(/[.*+?/]/g, "\\$&")} ?\\]`));
    } finally {
      session.close();
    }
  });
});

test("the scripts are what their shells can read, and an unknown shell is an error", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    if (missing(shell)) continue;
    expect(await run([shell, "-n", join(work, `kasane.${shell}`)])).toEqual({ code: 0, out: "", err: "" });
  }
  const { code, err } = await run([kasane, "completion", "cmd"]);
  expect(code).toBe(125);
  expect(err).toContain("hint: for bash, zsh, fish");
});
