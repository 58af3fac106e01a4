import type { Digest } from "../../oci/mod.ts";

/** in-toto attestation framework, Statement v1. */
export interface Statement {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** What is said of a manifest, under all names it has. */
export function statementOf(
  manifest: Digest,
  names: readonly string[],
  about: Pick<Statement, "predicateType" | "predicate">,
): Statement {
  const digest = digestSet(manifest);
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: (names.length > 0 ? names : ["_"]).map((name) => ({ name, digest })),
    predicateType: about.predicateType,
    predicate: about.predicate,
  };
}

export function digestSet(digest: Digest): Record<string, string> {
  const [algorithm, hex] = digest.split(":") as [string, string];
  return { [algorithm]: hex };
}
