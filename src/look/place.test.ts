import { expect, test } from "bun:test";
import { parsePlace, splitImagePath } from "./place.ts";

test.each([
  ["app", "app", undefined],
  ["app:v1", "app:v1", undefined],
  ["app:/etc", "app", "/etc"],
  ["app:v1:/etc/a:/b", "app:v1", "/etc/a:/b"],
  ["localhost:5000/app:v1:/", "localhost:5000/app:v1", "/"],
  ["docker://localhost:5000/app:/x", "docker://localhost:5000/app", "/x"],
  ["oci:/images:/x", "oci:/images", "/x"],
  ["oci:/images:v1:/x", "oci:/images:v1", "/x"],
  ["docker-archive:a.tar:/x", "docker-archive:a.tar", "/x"],
])("splitImagePath(%s)", (text, image, path) => {
  expect(splitImagePath(text)).toEqual({ image, path });
});

test("parsePlace() knows the transports, and nothing else", () => {
  expect(parsePlace("app:v1")).toEqual({ kind: "name", name: "app:v1" });
  expect(parsePlace("docker://app:v1")).toEqual({ kind: "registry", reference: "app:v1" });
  expect(parsePlace("oci:dir")).toEqual({ kind: "layout", directory: "dir" });
  expect(parsePlace("oci:/a/dir:v1")).toEqual({ kind: "layout", directory: "/a/dir", ref: "v1" });
  expect(parsePlace("oci-archive:a.tar:v1")).toEqual({ kind: "archive", file: "a.tar", ref: "v1" });
  expect(parsePlace("docker-archive:a.tar")).toEqual({ kind: "archive", file: "a.tar" });
  expect(() => parsePlace("ftp://x")).toThrow("images cannot be looked into");
  expect(() => parsePlace("oci:")).toThrow("no path is given");
});
