import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeEnvironment, findExecutable } from "./execute.ts";
import { StageFailure } from "./plan.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-execute-"));
afterAll(() => rmSync(directory, { recursive: true }));
for (const name of ["first", "second"]) mkdirSync(join(directory, name));
const put = (name: string, mode: number) => {
  writeFileSync(join(directory, name), "");
  chmodSync(join(directory, name), mode);
};
put("second/tool", 0o755);
put("first/tool", 0o644);
put("first/plain", 0o644);
mkdirSync(join(directory, "first/folder"));
symlinkSync("nowhere", join(directory, "first/dangling"));
const env = [`PATH=${directory}/first:${directory}/second`];

test("completeEnvironment() adds defaults, and lets the last of several values win", () => {
  expect(
    completeEnvironment(["A=1", "HOME=", "A=2=3", "=x", "B"], {
      HOME: "/root",
      PATH: "/bin",
      TERM: undefined,
    }),
  ).toEqual(["A=2=3", "HOME=", "PATH=/bin"]);
});

test("findExecutable() passes over what cannot be run", () => {
  expect(findExecutable("tool", env)).toBe(`${directory}/second/tool`);
  expect(findExecutable(`${directory}/second/tool`, env)).toBe(`${directory}/second/tool`);
});

test.each([
  ["", 127, "no command given"],
  ["nothing", 127, 'exec: "nothing": executable file not found in $PATH'],
  ["folder", 127, 'exec: "folder": executable file not found in $PATH'],
  [
    `${directory}/nothing`,
    127,
    `exec: "${directory}/nothing": stat ${directory}/nothing: no such file or directory`,
  ],
  [`${directory}/first/dangling`, 127, "no such file or directory"],
  [`${directory}/first/plain`, 126, `exec: "${directory}/first/plain": permission denied`],
  [`${directory}/first/folder`, 126, `exec: "${directory}/first/folder": is a directory`],
])("findExecutable(%j) fails with %d", (name, exitCode, message) => {
  try {
    findExecutable(name, env);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(StageFailure);
    expect((error as StageFailure).exitCode).toBe(exitCode as 126 | 127);
    expect((error as StageFailure).message).toContain(message);
  }
});
