/** The programs with which registries are certified: `.ci/run` builds both. Nothing here is ours but the registry they talk to. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Daemon, peer, type Scratch, scratch } from "../interop/peers.ts";
import { missing, run } from "../outside.ts";
import { serveStore } from "../serve-process.ts";
import { freshRepository } from "./registry.ts";

const current = "oci-conformance";
const older = "oci-conformance-1.1";

let directory: Scratch;
let server: Daemon;
beforeAll(async () => {
  directory = await scratch("official");
  server = await serveStore(join(directory.path, "store"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

interface Report {
  readonly code: number;
  /** As the program counts, which is more than it names. */
  readonly tests: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** Runs a program that leaves a JUnit report in the directory that `resultsIn` names. */
async function report(
  program: string,
  options: { resultsIn: string; env: Record<string, string> },
): Promise<Report> {
  const results = join(directory.path, crypto.randomUUID());
  await mkdir(results);
  const env = { ...options.env, [options.resultsIn]: results };
  const { code } = await run([peer(program)], { cwd: results, env });
  const xml = await Bun.file(join(results, "junit.xml")).text();
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*\bstatus="([^"]*)"/g)];
  const named = (...statuses: string[]) =>
    cases.filter(([, , status]) => statuses.includes(status!)).map(([, name]) => name!);
  return {
    code,
    tests: Number(/<testsuites [^>]*\btests="(\d+)"/.exec(xml)?.[1]),
    failed: named("failed", "error", "errored", "panicked"),
    skipped: named("skipped", "disabled", "pending"),
  };
}

/** What is not part of the older versions. */
const versions: [version: string, atLeast: number, leftOut: RegExp][] = [
  ["dev", 1028, /^$/],
  ["1.1", 900, /blob-post-cancel$/],
  ["1.0", 890, /blob-post-cancel$|blob-mount-anonymous$|\/referrers$/],
];

describe("the suite of the specification", () => {
  test.skipIf(missing(current)).each(versions)(
    "version %s, with sparse data",
    async (version, atLeast, leftOut) => {
      const [one, other] = [freshRepository(), freshRepository()];
      const { code, tests, failed, skipped } = await report(current, {
        resultsIn: "OCI_RESULTS_DIR",
        env: {
          OCI_REGISTRY: server.address,
          OCI_TLS: "disabled",
          OCI_REPO1: one,
          OCI_REPO2: other,
          OCI_VERSION: version,
          OCI_DATA_SPARSE: "true",
        },
      });
      expect(failed).toEqual([]);
      expect(skipped.filter((name) => !leftOut.test(name))).toEqual([]);
      expect(tests).toBeGreaterThanOrEqual(atLeast);
      expect(code).toBe(0);
    },
    60_000,
  );
});

/** Each of these is one of two ways, of which a run can take but the other. */
const otherWays = [
  /Get tag name from environment$/,
  /Populate registry with test tags \(no push\)$/,
  /Cross-mounting of nonexistent blob should yield session id$/,
  /automatic content discovery disabled should return a 202$/,
];

describe("the suite before it, for version 1.1", () => {
  test.skipIf(missing(older))(
    "every workflow",
    async () => {
      const { code, tests, failed, skipped } = await report(older, {
        resultsIn: "OCI_REPORT_DIR",
        env: {
          OCI_ROOT_URL: `http://${server.address}`,
          OCI_NAMESPACE: freshRepository(),
          OCI_CROSSMOUNT_NAMESPACE: freshRepository(),
          OCI_TEST_PULL: "1",
          OCI_TEST_PUSH: "1",
          OCI_TEST_CONTENT_DISCOVERY: "1",
          OCI_TEST_CONTENT_MANAGEMENT: "1",
          OCI_AUTOMATIC_CROSSMOUNT: "1",
        },
      });
      expect(failed).toEqual([]);
      expect(skipped.filter((name) => !otherWays.some((pattern) => pattern.test(name)))).toEqual([]);
      expect(tests).toBeGreaterThanOrEqual(79);
      expect(code).toBe(0);
    },
    60_000,
  );
});
