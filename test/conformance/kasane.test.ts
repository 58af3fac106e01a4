import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Daemon, type Scratch, scratch } from "../interop/peers.ts";
import { serveStore } from "../serve-process.ts";
import { areas, nameOf } from "./check.ts";
import { dataSets } from "./data-sets.ts";
import { suite } from "./suite.ts";

let directory: Scratch;
let server: Daemon | undefined;
beforeAll(async () => {
  directory = await scratch("conformance");
  server = await serveStore(directory.path);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

describe("the suite", () => {
  test("asks about every area of the API and with every data set, each thing once", () => {
    const asked = new Set<string>(suite.map(({ area }) => area));
    expect(areas.filter((area) => !asked.has(area))).toEqual([]);
    expect(Object.keys(dataSets).filter((name) => !suite.some(({ data }) => data === name))).toEqual([]);
    const names = suite.map(nameOf);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

describe("kasane serve", () => {
  test.each(suite.map((check) => [nameOf(check), check] as const))("%s", async (_, check) => {
    await check.run({ url: `http://${server!.address}` });
  });
});
