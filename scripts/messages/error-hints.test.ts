import { expect, test } from "bun:test";
import { generalSteps } from "../../src/cli/text/next-step.ts";
import { errorsWithoutHint } from "./error-hints.ts";
import { parseSource } from "./parse-source.ts";

/** Next steps of these are the command line's: what the operating system said, or the command's help. */
const told = new Set(["io", "usage", ...Object.keys(generalSteps)]);

/** Errors whose code or details are not written where they are made, with what they are. */
const elsewhere: Readonly<Record<string, string>> = {
  "src/oci/json.ts": "invalid-manifest or invalid-config, as the caller says",
  "src/store/remove.ts": "the caller gives the hint",
};

test("every error says what to do next, or its code does", async () => {
  const silent = errorsWithoutHint(await parseSource()).filter(
    ({ place, codes }) =>
      !codes.every((code) => told.has(code)) && elsewhere[place.slice(0, place.indexOf(":"))] === undefined,
  );
  expect(silent.map(({ place, message }) => `${place}: ${message}: give it a hint`)).toEqual([]);
}, 60_000);
