import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CdiDevices } from "./cdi-devices.ts";
import { isCdiName } from "./device-name.ts";

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true });
});

/** A directory with these files. */
function directoryWith(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), "kasane-cdi-"));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const kind = "vendor.example/thing";
const spec = (value: string, more = {}) =>
  JSON.stringify({
    cdiVersion: "0.6.0",
    kind,
    devices: [{ name: "one", containerEdits: { env: [`A=${value}`] } }],
    ...more,
  });

test("CdiDevices reads JSON and YAML, and the later directory wins", async () => {
  const first = directoryWith({
    "a.json": spec("first"),
    "b.yaml": `cdiVersion: 1.0.0\nkind: ${kind}\nannotations: {a: spec, b: spec}\ndevices:\n- {name: two, annotations: {b: own}, containerEdits: {}}\n`,
    "c.yml": "no specification at all",
  });
  const second = directoryWith({ "z.json": spec("second") });
  const all = await CdiDevices.read([first, second, join(first, "absent")]);
  expect(all.ofKind(kind).map(({ name }) => name)).toEqual([`${kind}=one`, `${kind}=two`]);
  expect(all.get(`${kind}=one`).edits.env).toEqual(["A=second"]);
  expect(all.get(`${kind}=two`).annotations).toEqual({ a: "spec", b: "own" });
  const reversed = await CdiDevices.read([second, first]);
  expect(reversed.get(`${kind}=one`).edits.env).toEqual(["A=first"]);
});

test("CdiDevices refuses a device that two files of a directory describe, and names both", async () => {
  const directory = directoryWith({ "a.json": spec("a"), "b.json": spec("b") });
  const all = await CdiDevices.read([directory]);
  expect(() => all.get(`${kind}=one`)).toThrow(
    `the CDI device ${kind}=one is in ${directory}/a.json and in ${directory}/b.json`,
  );
});

test("CdiDevices takes a broken file of another kind as no matter, until a device is missing", async () => {
  const directory = directoryWith({ "a.json": spec("a"), "b.json": "{", "c.json": '{"kind": "nonsense"}' });
  const all = await CdiDevices.read([directory]);
  expect(all.get(`${kind}=one`).edits.env).toEqual(["A=a"]);
  expect(() => all.get("vendor.example/other=one")).toThrow(`${directory}/b.json`);
});

test("CdiDevices has limits, and takes no file but a file", async () => {
  const big = directoryWith({ "a.json": " ".repeat(1024 * 1024 + 1) });
  const broken = await CdiDevices.read([big]);
  expect(() => broken.get(`${kind}=one`)).toThrow("larger than 1048576 bytes");
  const many = directoryWith(
    Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`${index}.json`, "{}"])),
  );
  await expect(CdiDevices.read([many])).rejects.toThrow("more than 256");
  const folder = directoryWith({});
  mkdirSync(join(folder, "a.json"));
  const all = await CdiDevices.read([folder]);
  expect(() => all.get(`${kind}=one`)).toThrow("it is no file");
});

const withEdits = (edits: unknown) => ({ devices: [{ name: "one", containerEdits: edits }] });

test.each([
  [{ cdiVersion: "9.0.0" }, 'cdiVersion of the CDI specification FILE: "9.0.0" is none of'],
  [{ cdiVersion: undefined }, "cdiVersion of the CDI specification FILE: it is missing"],
  [{ devices: [] }, "devices of the CDI specification FILE: there are none"],
  [{ devices: [{ name: "-" }] }, 'devices[0].name of the CDI specification FILE: "-" is no name'],
  [{ devices: [{ name: "a" }, { name: "a" }] }, `${kind}=a is there twice`],
  [{ extra: 1 }, "extra of the CDI specification FILE: the key is unknown"],
  [withEdits({ intelRdt: {} }), "devices[0].containerEdits.intelRdt of the CDI specification FILE"],
  [withEdits({ env: ["A"] }), '"A" is not of the form NAME=VALUE'],
  [withEdits({ env: "A=1" }), "containerEdits.env of the CDI specification FILE: it is no list"],
  [withEdits({ env: Array(1025).fill("A=1") }), "there are more than 1024 entries"],
  [withEdits({ deviceNodes: [{ path: "dev/x" }] }), '"dev/x" is not an absolute path'],
  [withEdits({ deviceNodes: [{ path: "/x", type: "q" }] }), '"q" is neither b nor c'],
  [
    withEdits({ deviceNodes: [{ path: "/x", major: -1 }] }),
    "major of the CDI specification FILE: it is no number",
  ],
  [withEdits({ deviceNodes: [{ path: "/x", permissions: "x" }] }), '"x" is not made of r, w and m'],
  [withEdits({ mounts: [{ hostPath: "/x", containerPath: "/y", type: "tmpfs" }] }), '"tmpfs" are not made'],
  [
    withEdits({ mounts: [{ hostPath: "/x", containerPath: "/y", options: ["size=1"] }] }),
    'the option "size=1" is unknown',
  ],
  [withEdits({ hooks: [{ hookName: "often", path: "/x" }] }), '"often" is none of prestart'],
  [withEdits({ additionalGids: ["1"] }), "additionalGids[0] of the CDI specification FILE: it is no number"],
])("CdiDevices refuses a specification, case %#", async (change, message) => {
  const directory = directoryWith({ "a.json": spec("a", change) });
  const all = await CdiDevices.read([directory]);
  expect(() => all.ofKind(kind)).toThrow(message.replace("FILE", join(directory, "a.json")));
});

test.each([
  ["vendor.com/class=name", true],
  ["nvidia.com/gpu=GPU-1:0", true],
  ["/dev/null:/dev/x=y", false],
  ["vendor.com/class", false],
  ["vendor.com/class=", false],
  ["vendor.com/class=*", false],
  ["vendor.com/a/b=c", false],
  ["1vendor/class=a", false],
])("isCdiName(%s) is %p", (text, expected) => {
  expect(isCdiName(text)).toBe(expected);
});
