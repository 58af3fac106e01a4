import { expect, test } from "bun:test";
import { parseDockerfile, type RunInstruction, StageVariables, withEnv } from "../dockerfile/mod.ts";
import { parseMode } from "./file-mode.ts";
import { applyChanges } from "./metadata.ts";
import { OutputTail } from "./output-tail.ts";
import { runCommand } from "./run-command.ts";
import { checkSignal } from "./signal-name.ts";
import { resolveLinks } from "./source-tree.ts";

test.each([
  ["755", 0o600, 0o755],
  ["0", 0o644, 0],
  ["u+x,g-r", 0o644, 0o704],
  ["a=rX", 0o644, 0o444],
  ["a=rX", 0o755, 0o555],
  ["go=u", 0o640, 0o666],
  ["u+s,+t", 0o755, 0o5755],
  ["=", 0o755, 0],
  ["g+ws", 0o755, 0o2775],
])("parseMode(%s) on %o", (text, mode, expected) => {
  expect(parseMode(text).apply(mode, { isDirectory: false })).toBe(expected);
});

test.each(["64a", "10000", "888", "u~x", ""])("parseMode() refuses %j", (text) => {
  expect(() => parseMode(text)).toThrow("invalid mode");
});

test("resolveLinks() stays inside and ends", () => {
  const links: Record<string, string> = { a: "/b/c", "b/c": "../d", e: "../../..", loop: "loop", "d/x": "." };
  const view = {
    get: (path: string) =>
      links[path] === undefined ? undefined : { type: "symlink", linkTarget: links[path] },
  };
  expect(["a/f", "e/f", "../../g", "loop", "d/x/y", ""].map((path) => resolveLinks(view, path))).toEqual([
    "d/f",
    "f",
    "g",
    undefined,
    "d/y",
    "",
  ]);
});

test("runCommand() gives the shell a text, and a #! heredoc a file", () => {
  const command = (line: string) =>
    runCommand(parseDockerfile(`FROM x\n${line}`).stages[0]!.instructions[0] as RunInstruction, undefined);
  expect(command('RUN ["a", "b c"]')).toEqual({ argv: ["a", "b c"] });
  expect(command("RUN a  b")).toEqual({ argv: ["/bin/sh", "-c", "a  b"] });
  expect(command("RUN <<-E\n\tx\n\ty\n\tE")).toEqual({ argv: ["/bin/sh", "-c", "x\ny\n"] });
  expect(command("RUN <<E\n#!/bin/sh\nx\nE")).toEqual({
    argv: ["/bin/sh", "-c", "/dev/pipes/E"],
    script: { target: "/dev/pipes/E", content: "#!/bin/sh\nx\n" },
  });
  expect(command("RUN cat <<E > f && cat <<'F'\nx\nE\ny\nF")).toEqual({
    argv: ["/bin/sh", "-c", "cat <<E > f && cat <<'F'\nx\nE\ny\nF"],
  });
});

test("applyChanges() applies what needs no build", () => {
  const config = applyChanges({ WorkingDir: "/a", Cmd: ["old"] }, [
    "ENV A='b c'",
    "WORKDIR d",
    'ENTRYPOINT ["x"]',
    "CMD y",
    "ONBUILD RUN z",
    "expose 80",
  ]);
  expect(config).toEqual({
    WorkingDir: "/a/d",
    Env: ["A=b c"],
    Entrypoint: ["x"],
    Cmd: ["/bin/sh", "-c", "y"],
    OnBuild: ["RUN z"],
    ExposedPorts: { "80/tcp": {} },
  });
  expect(() => applyChanges({}, ["RUN x"])).toThrow("cannot be applied without a build");
  expect(() => applyChanges({}, ["FROM x"])).toThrow("cannot be applied without a build");
  expect(applyChanges({}, ["ENV A=1\nLABEL b=2"])).toEqual({ Env: ["A=1"], Labels: { b: "2" } });
  expect(() => applyChanges({}, ["ENV A=1\nRUN x"])).toThrow("cannot be applied without a build");
  expect(() => applyChanges({}, ["EXPOSE x"])).toThrow('--change:1: invalid port "x"');
});

test("OutputTail keeps the last lines, without what moves a cursor", () => {
  const tail = new OutputTail();
  for (let number = 0; number < 10_000; number++) tail.add(new TextEncoder().encode(`line ${number}\n`));
  tail.add(new TextEncoder().encode("10%\r\x1b[31m100%\x1b[0m done\n\npartial"));
  expect(tail.lines(3)).toEqual(["line 9999", "100% done", "partial"]);
});

test("StageVariables: whoever set a name last wins; arguments are inherited", () => {
  const stage = new StageVariables(["A=1"]);
  stage.declareArg("B", "2");
  stage.declareArg("C", undefined);
  stage.setEnv("B", "3");
  expect([stage.lookup("A"), stage.lookup("B"), stage.lookup("C")]).toEqual(["1", "3", undefined]);
  const child = new StageVariables(["A=1", "B=3"], stage);
  expect(child.args()).toEqual([
    { name: "B", value: "3" },
    { name: "C", value: "" },
  ]);
  expect(withEnv(["A=1", "B=2"], "A", "x")).toEqual(["A=x", "B=2"]);
});

test("checkSignal() knows numbers and names", () => {
  for (const signal of ["SIGTERM", "term", "9", "SIGRTMIN+3", "rtmax-1"]) checkSignal(signal);
  for (const signal of ["SIGX", "0", "65", "", "RTMIN+99"])
    expect(() => checkSignal(signal)).toThrow("unknown signal");
});
