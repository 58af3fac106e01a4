import { describe, expect, test } from "bun:test";
import { type Daemon, startDistribution, startOlareg } from "../interop/peers.ts";
import { missing } from "../outside.ts";
import { failuresOf } from "./check.ts";
import { suite } from "./suite.ts";

/** What is known to be missing or different, as patterns of the names of checks. */
type Known = Readonly<Record<string, RegExp>>;

const sinceTheBeginning: Known = {
  "a blob in one POST opens an upload instead": /^blob post only \/ .*, post only$/,
  "mounts only from a repository that is named": /^blob anonymous mount \/ .*of what another/,
  "content with sha512 digests is not found again": / \/ sha512( subject)?$|blobs sha512: /,
  "no tags as parameters": /^manifest put with tag params \//,
  "no referrers": /^(referrers|manifest put with subject) \/|^manifest delete atomic \/ .*subject$/,
  "a layer elsewhere is an error of the server": /\/ nondistributable$/,
  "everything that a manifest names must be there": /\/ sparse$/,
  "an OCI manifest is there only for those who ask for its type":
    /^negotiation \/ (without Accept|Accept: \*)/,
  "a location works only with its query": /: a location whose query was lost$/,
  "a manifest that is too large is invalid": /^manifest put by tag \/ more than any/,
  "JSON that is no manifest gets other codes": /^manifest put by tag \/ a body of (null|\{"schema)/,
};

const registries: Record<string, { program: string; start: () => Promise<Daemon>; known: Known }> = {
  "distribution v3": {
    program: "distribution-registry",
    start: startDistribution,
    known: sinceTheBeginning,
  },
  olareg: {
    program: "olareg",
    start: startOlareg,
    known: {
      "mounts only from a repository that is named": /^blob anonymous mount \/ .*of what another/,
      "an empty upload ends at -1": /: (state of an upload that has nothing|a .* out of order is refused.*)$/,
      "a location works only with its query": /: a location whose query was lost$/,
      "an unknown upload is a bad request": /^errors \/ end-(5|6|13|14)|^blob upload cancel \/ .*: cancelled/,
      "a repository that is not there has no tags":
        /^errors \/ end-8|^tag list \/ of a repository that nobody/,
      "no page of nothing": /^tag list \/ n=0/,
      "a digest that is none has no referrers": /^referrers \/ of an invalid digest/,
      "with an index go those that are only in it": /^manifest delete \/ leaves the children/,
      "JSON that is no manifest is taken": /^manifest put by tag \/ a body of (null|\{"schema)/,
      "no catalog": /^catalog/,
      "other names": /^names \/ (repository blobs|no repository a\/)/,
    },
  },
};

// The suite can fail: in each peer it finds what the peer is known to lack, and nothing else.
describe.each(Object.entries(registries))("%s", (_, { program, start, known }) => {
  test.skipIf(missing(program))(
    "lacks what it is known to lack, and nothing else",
    async () => {
      await using registry = await start();
      const failures = await failuresOf({ url: `http://${registry.address}` }, suite);
      const patterns = Object.entries(known);
      const unknown = failures.filter(({ name }) => !patterns.some(([, pattern]) => pattern.test(name)));
      expect(unknown).toEqual([]);
      const notFound = patterns.filter(([, pattern]) => !failures.some(({ name }) => pattern.test(name)));
      expect(notFound.map(([what]) => what)).toEqual([]);
    },
    120_000,
  );
});
