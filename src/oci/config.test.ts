import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import type { ImageConfig } from "./config.ts";
import { digestOf } from "./digest.ts";
import { encodeConfig } from "./encode-config.ts";
import { configLimitBytes, parseConfig } from "./parse-config.ts";

const diffId = digestOf("layer");
const minimal: ImageConfig = {
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [diffId] },
};
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const text = (value: Uint8Array) => new TextDecoder().decode(value);

describe("parseConfig()", () => {
  test("reads known fields and keeps unknown ones", () => {
    const config = {
      ...minimal,
      created: "2026-01-02T03:04:05Z",
      config: {
        Env: ["A=b"],
        Cmd: ["sh"],
        Labels: { a: "b" },
        Hostname: "",
        Healthcheck: { Test: ["NONE"], Interval: 3e9 },
      },
      history: [{ created_by: "x", empty_layer: true }],
      docker_version: "20.10",
      container_config: { Tty: false },
    };
    expect(parseConfig(bytes(config))).toEqual(config as never);
  });

  test("reads what Go writes for nothing", () => {
    const config = parseConfig(
      bytes({
        ...minimal,
        history: null,
        config: { Env: null, Cmd: null, Entrypoint: "sh", Volumes: null, Healthcheck: null },
      }),
    );
    expect(config.history).toBeUndefined();
    expect(config.config).toEqual({ Cmd: null, Entrypoint: ["sh"], Volumes: null });
    expect(parseConfig(bytes({ rootfs: { type: "layers", diff_ids: null } }))).toEqual({
      architecture: "",
      os: "",
      rootfs: { type: "layers", diff_ids: [] },
    });
  });

  test.each<[string, unknown, string]>([
    ["no rootfs", { architecture: "amd64", os: "linux" }, "invalid-config"],
    ["an empty artifact config", {}, "invalid-config"],
    ["another rootfs type", { ...minimal, rootfs: { type: "x", diff_ids: [] } }, "invalid-config"],
    ["a bad diffID", { ...minimal, rootfs: { type: "layers", diff_ids: ["sha256:1"] } }, "invalid-config"],
    ["a number for os", { ...minimal, os: 1 }, "invalid-config"],
    ["a list for config", { ...minimal, config: [] }, "invalid-config"],
    ["text for Env", { ...minimal, config: { Env: "A=b" } }, "invalid-config"],
    ["a number in Cmd", { ...minimal, config: { Cmd: [1] } }, "invalid-config"],
    ["numbers in Labels", { ...minimal, config: { Labels: { a: 1 } } }, "invalid-config"],
    ["text in history", { ...minimal, history: ["x"] }, "invalid-config"],
    ["text for empty_layer", { ...minimal, history: [{ empty_layer: "yes" }] }, "invalid-config"],
    ["an array", [], "invalid-config"],
    ["deep nesting", `{"a":${'{"a":'.repeat(100_000)}`, "limit-exceeded"],
    ["too many bytes", " ".repeat(configLimitBytes + 1), "limit-exceeded"],
    [
      "too many layers",
      { ...minimal, rootfs: { type: "layers", diff_ids: Array(20_000).fill(diffId) } },
      "limit-exceeded",
    ],
  ])("refuses %s", (_, document, code) => {
    expect(() => parseConfig(bytes(document))).toThrow(expect.objectContaining({ code }));
  });

  test("throws nothing but KasaneErrors, whatever JSON it is given", () => {
    const key = fc.constantFrom("os", "config", "rootfs", "history", "Env", "Labels", "Healthcheck", "Cmd");
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), fc.dictionary(key, fc.jsonValue()), (top, inner) => {
        try {
          parseConfig(bytes({ ...minimal, config: inner, ...top }));
        } catch (error) {
          if (!isKasaneError(error)) throw error;
        }
      }),
    );
  });
});

describe("encodeConfig()", () => {
  test("writes known keys in the order of the specification, unknown ones after", () => {
    const config = { zebra: 1, config: { Cmd: ["a"], Other: 1, Env: ["B=c"] }, ...minimal, created: "t" };
    expect(text(encodeConfig(config as ImageConfig))).toBe(
      `{"created":"t","architecture":"amd64","os":"linux","config":{"Env":["B=c"],"Cmd":["a"],"Other":1},"rootfs":{"type":"layers","diff_ids":["${diffId}"]},"zebra":1}`,
    );
  });

  const hostile = `{ "weird" : {"n": 1.50, "big":12345678901234567890, "e": "\\u003c\\/", "dup":1,"dup":2} ,
    "os":"linux","rootfs":{"type":"layers","diff_ids":["${diffId}"], "extra": 1.0}, "history": null,
    "config": {"Hostname" :"\\u0041", "Env":null, "Cmd": ["a"], "Num":1e2, "Labels":{"2":"b","1":"a"}}, "architecture":"amd64"}`;

  test("keeps everything that did not change byte for byte, in place", () => {
    const base = bytes(hostile);
    const config = parseConfig(base);
    const changed = { ...config, author: "me", config: { ...config.config, Cmd: ["b"], User: "1" } };
    expect(text(encodeConfig(changed, base))).toBe(
      `{"weird":{"n": 1.50, "big":12345678901234567890, "e": "\\u003c\\/", "dup":1,"dup":2},"os":"linux",` +
        `"rootfs":{"type":"layers","diff_ids":["${diffId}"], "extra": 1.0},"history":null,` +
        `"config":{"Hostname":"\\u0041","Env":null,"Cmd":["b"],"Num":1e2,"Labels":{"2":"b","1":"a"},"User":"1"},` +
        `"architecture":"amd64","author":"me"}`,
    );
  });

  test("drops members that were taken away and does not invent absent ones", () => {
    const base = bytes({ rootfs: minimal.rootfs, author: "x", config: { User: "1" } });
    const { author: _, ...config } = parseConfig(base);
    expect(text(encodeConfig({ ...config, config: {} }, base))).toBe(
      `{"rootfs":{"type":"layers","diff_ids":["${diffId}"]},"config":{}}`,
    );
  });

  test("parses back to what was encoded, with and without a base", () => {
    const extra = fc.dictionary(
      fc
        .string()
        .filter(
          (key) =>
            ![
              "__proto__",
              "rootfs",
              "history",
              "config",
              "os",
              "architecture",
              "created",
              "author",
              "variant",
              "os.version",
              "os.features",
            ].includes(key),
        ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(extra, extra, fc.array(fc.string()), (before, after, cmd) => {
        // JSON has no -0.
        const clean = (value: object) => JSON.parse(JSON.stringify(value)) as object;
        const base = bytes(JSON.stringify({ ...before, ...minimal }, null, 2));
        const config = clean({ ...parseConfig(base), ...after, config: { Cmd: cmd } }) as ImageConfig;
        expect(parseConfig(encodeConfig(config))).toEqual(config);
        const based = parseConfig(encodeConfig(config, base));
        for (const key of Object.keys(config)) expect(based[key] ?? null).toEqual(config[key] ?? null);
      }),
    );
  });
});
