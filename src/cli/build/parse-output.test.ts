import { expect, test } from "bun:test";
import { parseAnnotation } from "./parse-annotation.ts";
import { parseOutput } from "./parse-output.ts";

test.each([
  ["-", { kind: "tar" }],
  ["out", { kind: "local", directory: "out", mode: "copy" }],
  ["dir with spaces", { kind: "local", directory: "dir with spaces", mode: "copy" }],
  [
    "type=local,dest=a,mode=delete,platform-split=0",
    { kind: "local", directory: "a", mode: "delete", platformSplit: false },
  ],
  ["type=tar,dest=-", { kind: "tar" }],
  ["type=oci", { kind: "archive", format: "oci", shape: {} }],
  ["type=oci,dest=x,tar=false", { kind: "layout", directory: "x", shape: {} }],
  ["type=docker", { kind: "image", push: false, byDigest: false, store: true, insecure: false, shape: {} }],
  ["type=docker,dest=x", { kind: "archive", format: "docker", path: "x", shape: {} }],
  ["type=registry", { kind: "image", push: true, byDigest: false, store: true, insecure: false, shape: {} }],
  [
    'type=image,"name=a:1,b:2",push=true,store=F,registry.insecure=',
    {
      kind: "image",
      names: ["a:1", "b:2"],
      push: true,
      byDigest: false,
      store: false,
      insecure: true,
      shape: {},
    },
  ],
  [
    "type=oci,compression=uncompressed,force-compression=1,oci-mediatypes=false,annotation.A.b=c=d",
    {
      kind: "archive",
      format: "oci",
      shape: {
        mediaTypes: "docker",
        compression: "none",
        forceCompression: true,
        annotations: [{ level: "manifest", key: "A.b", value: "c=d" }],
      },
    },
  ],
  ["type=image,rewrite-timestamp=true", { kind: "image", rewriteTimestamp: true }],
])("parseOutput(%s)", (text, expected) => {
  const found = parseOutput(text);
  if (text.includes("rewrite")) expect(found).toMatchObject(expected);
  else expect(found as object).toEqual(expected);
});

const arm = { architecture: "arm64", os: "linux" };

test.each([
  ["a=b", [{ level: "manifest", key: "a", value: "b" }]],
  ["a=b:c=d", [{ level: "manifest", key: "a", value: "b:c=d" }]],
  ["index:a=", [{ level: "index", key: "a", value: "" }]],
  [
    "index,manifest[linux/arm64]:a.b/c=d",
    [
      { level: "index", key: "a.b/c", value: "d" },
      { level: "manifest", platform: arm, key: "a.b/c", value: "d" },
    ],
  ],
  ["manifest-descriptor:x=y", [{ level: "manifest-descriptor", key: "x", value: "y" }]],
] as const)("parseAnnotation(%s)", (text, expected) => {
  expect(parseAnnotation(text) as unknown).toEqual(expected);
});

test.each([
  "",
  "=x",
  "index:=x",
  "index[:a=b",
  "[linux/amd64]:a=b",
  "manifest[linux/a b]:x=y",
])("parseAnnotation() refuses %j", (text) => {
  expect(() => parseAnnotation(text)).toThrow();
});
