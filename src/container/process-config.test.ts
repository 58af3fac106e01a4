import { expect, test } from "bun:test";
import { isKasaneError } from "../lib/mod.ts";
import { commandLine, mergeConfig, mergeEnv, parseEnv, parseEnvFile } from "./process-config.ts";

const image = {
  Entrypoint: ["/entry"],
  Cmd: ["a", "b"],
  Env: ["PATH=/bin", "A=1"],
  User: "web",
  WorkingDir: "/srv",
};

test.each([
  ["nothing", {}, ["/entry", "a", "b"]],
  ["a command", { command: ["c"] }, ["/entry", "c"]],
  ["an entrypoint", { entrypoint: ["/other"] }, ["/other"]],
  ["an entrypoint and a command", { entrypoint: ["/other", "-x"], command: ["c"] }, ["/other", "-x", "c"]],
  ["no entrypoint, a command", { entrypoint: [], command: ["c", "d"] }, ["c", "d"]],
])("mergeConfig() with %s runs what Docker runs", (_, overrides, argv) => {
  expect(commandLine(mergeConfig(image, overrides), "x")).toEqual(argv);
});

test("commandLine() refuses an image without a command, with exit code 125", () => {
  for (const config of [{}, { Cmd: [] }, mergeConfig(image, { entrypoint: [] })]) {
    try {
      commandLine(config, "scratchy");
      expect.unreachable();
    } catch (error) {
      expect(isKasaneError(error, "usage") && error.data.exitCode).toBe(125);
      expect(String(error)).toContain("no command specified: the image scratchy");
    }
  }
});

test("mergeConfig() replaces single values, adds environment and labels, and keeps the rest", () => {
  const merged = mergeConfig(
    { ...image, Labels: { a: "1" }, ExposedPorts: { "80/tcp": {} } },
    { env: ["A=2", "B=3"], workdir: "/w", user: "0", labels: { b: "2" } },
  );
  expect(merged).toEqual({
    ...image,
    Env: ["PATH=/bin", "A=2", "B=3"],
    WorkingDir: "/w",
    User: "0",
    Labels: { a: "1", b: "2" },
    ExposedPorts: { "80/tcp": {} },
  });
});

test("mergeEnv() keeps the place of what it replaces", () => {
  expect(mergeEnv(["A=1", "B=2"], ["C=3", "A=x=y", "C=4"])).toEqual(["A=x=y", "B=2", "C=4"]);
});

test("parseEnv() takes the caller's value where none is given, and nothing where there is none", () => {
  expect(parseEnv(["A=1", "HOME", "MISSING", "E="], { HOME: "/h" })).toEqual(["A=1", "HOME=/h", "E="]);
  expect(() => parseEnv(["=x"], {})).toThrow("invalid environment variable");
});

test("parseEnvFile() reads lines as they stand", () => {
  const text = '\ufeff# comment\r\n\n  A=1 # not a comment\nB="quoted"\nHOME\nMISSING\nC=\n';
  expect(parseEnvFile(text, { HOME: "/h" }, "f")).toEqual([
    "A=1 # not a comment",
    'B="quoted"',
    "HOME=/h",
    "C=",
  ]);
  expect(() => parseEnvFile("A=1\nB C=2\n", {}, "vars.env")).toThrow(
    'vars.env, line 2: invalid variable name "B C"',
  );
});
