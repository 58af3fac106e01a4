import { describe, expect, test } from "bun:test";
import type { WorkingContainer } from "../container/mod.ts";
import type { RuntimeConfig } from "../oci/mod.ts";
import { type ConfigChanges, changeSettings } from "./config-changes.ts";

const time = "2024-01-02T03:04:05Z";

function settingsWith(config: RuntimeConfig): WorkingContainer["settings"] {
  const working = { platform: { os: "linux", architecture: "amd64" }, annotations: {}, history: [] };
  return { config, working } as unknown as WorkingContainer["settings"];
}

function change(config: RuntimeConfig, changes: ConfigChanges, addHistory?: string) {
  const warnings: string[] = [];
  const changed = changeSettings(settingsWith(config), changes, {
    environment: { HOME: "/home/me" },
    onWarning: (message) => warnings.push(message),
    ...(addHistory !== undefined && { addHistory }),
  });
  return { config: changed.config, working: changed.working, warnings };
}

describe("changeSettings()", () => {
  test.each<[string, RuntimeConfig, ConfigChanges, RuntimeConfig]>([
    ["a command is words", {}, { cmd: `run "two words"` }, { Cmd: ["run", "two words"] }],
    ["or a list", {}, { cmd: '["a b", "c"]' }, { Cmd: ["a b", "c"] }],
    ["an entrypoint is a list", {}, { entrypoint: '["/x"]' }, { Entrypoint: ["/x"] }],
    ["or for the shell", {}, { entrypoint: "a b" }, { Entrypoint: ["/bin/sh", "-c", "a b"] }],
    ["or none", { Entrypoint: ["x"] }, { entrypoint: "" }, { Entrypoint: null }],
    ["what is set again goes to the end", { Env: ["A=1", "B=2"] }, { env: ["A=3"] }, { Env: ["B=2", "A=3"] }],
    ["values see the container's own", { Env: ["A=1"] }, { env: [`B=$A/\${A}`] }, { Env: ["A=1", "B=1/1"] }],
    ["a name alone is the caller's", {}, { env: ["HOME"] }, { Env: ["HOME=/home/me"] }],
    ["a name with - goes", { Env: ["A=1", "AB=2"] }, { env: ["A-"] }, { Env: ["AB=2"] }],
    ["labels too", { Labels: { a: "1", b: "2" } }, { label: ["a-", "c"] }, { Labels: { b: "2", c: "" } }],
    [
      "and ports",
      { ExposedPorts: { "1": {} } },
      { port: ["1-", "2/udp"] },
      { ExposedPorts: { "2/udp": {} } },
    ],
    [
      "a health check has buildah's defaults",
      {},
      { healthcheck: "CMD a 'b c'", healthcheckTimeout: "1m" },
      { Healthcheck: { Test: ["CMD", "a", "b c"], Interval: 30e9, Timeout: 60e9, Retries: 3 } },
    ],
    [
      "or is a text for the shell",
      { Healthcheck: { Retries: 9 } },
      { healthcheck: "curl x || exit 1" },
      { Healthcheck: { Test: ["CMD-SHELL", "curl x || exit 1"], Retries: 9 } },
    ],
  ])("%s", (_, before, changes, after) => {
    expect(change(before, changes).config).toEqual({ ...before, ...after });
  });

  test("warns of a command that a new entrypoint gets, or does not look at", () => {
    expect(change({ Cmd: ["x"] }, { entrypoint: '["e"]' }).warnings).toHaveLength(1);
    expect(change({ Cmd: ["x"] }, { entrypoint: "e" }).warnings).toHaveLength(1);
    expect(change({ Cmd: ["x"] }, { entrypoint: "e", cmd: "y" }).warnings).toEqual([]);
    expect(change({}, { entrypoint: "e" }).warnings).toEqual([]);
  });

  test("tells of a variable that the container has not, and goes on", () => {
    const { config, warnings } = change({}, { env: ["A=$NONE"] });
    expect(config.Env).toEqual(["A=NONE"]);
    expect(warnings).toHaveLength(1);
  });

  test.each(["NONE", "=x"])("refuses --env %s", (text) => {
    expect(() => change({}, { env: [text] })).toThrow("cannot set the environment variable");
  });

  test("writes a history entry for each change where it is asked for", () => {
    const changes = { user: "u", env: ["A=1", "B=2"], volume: ["/a", "/b"], annotation: ["k=v"] };
    const { working } = change({}, changes, time);
    expect(working.history.map(({ created_by }) => created_by)).toEqual([
      "/bin/sh -c #(nop) USER u",
      "/bin/sh -c #(nop) ENV A=1 B=2",
      "/bin/sh -c #(nop) VOLUME /a",
      "/bin/sh -c #(nop) VOLUME /b",
    ]);
    expect(working.history[0]).toMatchObject({ created: time, empty_layer: true });
    expect(change({}, changes).working.history).toEqual([]);
  });

  test("platform, annotations and the author are the image's, not the container's", () => {
    const { working, config } = change(
      {},
      { arch: "arm64", variant: "v8", annotation: ["a=b"], author: "Me" },
    );
    expect(working).toMatchObject({
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
      annotations: { a: "b" },
      author: "Me",
    });
    expect(config).toEqual({});
  });
});
