import { expect, test } from "bun:test";
import { mapArguments, parseSubordinateIds } from "./id-map.ts";

test("parseSubordinateIds() takes the user's lines, by name or uid, in order", () => {
  const text = [
    "ann:100000:65536",
    "bob:1:1",
    "# ann:5:5",
    "1000:300000:10",
    "ann:x:10",
    "ann:7:0",
    "ann:9",
    "annie:1:1",
  ].join("\n");
  expect(parseSubordinateIds(text, { name: "ann", uid: 1000 })).toEqual([
    { start: 100000, count: 65536 },
    { start: 300000, count: 10 },
  ]);
  expect(parseSubordinateIds("", { name: "ann", uid: 1000 })).toEqual([]);
});

test("mapArguments() puts the caller first and the ranges after each other", () => {
  expect(
    mapArguments(1000, [
      { start: 100000, count: 65536 },
      { start: 300000, count: 10 },
    ]),
  ).toEqual(["0", "1000", "1", "1", "100000", "65536", "65537", "300000", "10"]);
});
