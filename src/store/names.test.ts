import { expect, test } from "bun:test";
import { canonicalName, nearNames, repositoryOf } from "./names.ts";

test.each([
  ["nginx", "docker.io/library/nginx:latest"],
  ["a/b:1", "docker.io/a/b:1"],
  ["localhost:5000/x", "localhost:5000/x:latest"],
])("canonicalName(%j) is %j", (name, expected) => {
  expect(canonicalName(name)).toBe(expected);
});

test.each([`x@sha256:${"0".repeat(64)}`, "UPPER", "a b", ""])("canonicalName() refuses %j", (name) => {
  expect(() => canonicalName(name)).toThrow(expect.objectContaining({ code: "invalid-reference" }));
});

test.each([
  ["docker.io/library/x:latest", "docker.io/library/x"],
  ["localhost:5000/x:1", "localhost:5000/x"],
  ["localhost:5000/x", "localhost:5000/x"],
  ["h/x@sha256:abc", "h/x"],
])("repositoryOf(%j) is %j", (name, expected) => {
  expect(repositoryOf(name)).toBe(expected);
});

test.each([
  ["ngnix", ["nginx"]],
  ["nginx:1.28", ["nginx"]],
  ["debain:bookworm", ["debian:bookworm"]],
  ["mirror.example.com/nginx", ["nginx"]],
  ["completely-different", []],
])("nearNames(%j) suggests %j", (typed, expected) => {
  const names = ["docker.io/library/nginx:latest", "docker.io/library/debian:bookworm", "quay.io/x/tool:1"];
  expect(nearNames(typed, names)).toEqual(expected.map((name) => (name === "nginx" ? "nginx:latest" : name)));
});
