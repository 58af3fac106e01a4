import type { AttestationRequest } from "../../build/mod.ts";
import { splitCsv } from "../../dockerfile/mod.ts";
import { didYouMean } from "../../lib/mod.ts";
import { parseReference, withDefaultTag } from "../../oci/mod.ts";
import { type ParsedFlags, usage } from "../flags.ts";

const defaultGenerator = "docker/buildkit-syft-scanner:stable-1";
const types = ["provenance", "sbom"] as const;
const fieldsOf = {
  provenance: ["type", "mode", "version", "disabled"],
  sbom: ["type", "generator", "disabled"],
} as const;

/**
 * `--attest`, and its short forms `--provenance` and `--sbom`, as buildx has them. Each type once, the last wins.
 * @throws KasaneError `usage`
 */
export function attestationRequests(flags: ParsedFlags): AttestationRequest[] {
  const requests = new Map<string, AttestationRequest | undefined>();
  for (const text of flags.strings("attest")) {
    const fields = readFields(text);
    const given = fields.get("type") ?? "";
    const type = types.find((each) => each === given);
    if (!type) {
      throw usage(`unknown type ${JSON.stringify(given)} of --attest: provenance or sbom`, "build", {
        hint: didYouMean(given, types),
      });
    }
    requests.set(type, requestOf(type, fields));
  }
  for (const type of types) {
    const text = flags.string(type);
    if (text === undefined) continue;
    const isSwitch = /^(true|false|1|0|t|f)$/i.test(text);
    const fields = isSwitch ? new Map([["disabled", `${/^[f0]/i.test(text)}`]]) : readFields(text);
    requests.set(type, requestOf(type, fields));
  }
  return [...requests.values()].filter((request) => request !== undefined);
}

function requestOf(
  type: (typeof types)[number],
  fields: ReadonlyMap<string, string>,
): AttestationRequest | undefined {
  const known: readonly string[] = fieldsOf[type];
  for (const field of fields.keys()) {
    if (known.includes(field)) continue;
    throw usage(`--${type} has no ${JSON.stringify(field)}: ${known.join(", ")}`, "build", {
      hint: didYouMean(field, known),
    });
  }
  if (/^(true|1|t)$/i.test(fields.get("disabled") ?? "")) return undefined;
  if (type === "sbom") {
    const generator = withDefaultTag(parseReference(fields.get("generator") ?? defaultGenerator));
    return { type, generator };
  }
  const mode = fields.get("mode") ?? "min";
  if (mode !== "min" && mode !== "max") {
    throw usage(`unknown mode ${JSON.stringify(mode)} of --provenance: min or max`, "build");
  }
  const version = fields.get("version") ?? "v1";
  if (version !== "v1") {
    throw usage(`provenance is written as v1 of SLSA, not ${JSON.stringify(version)}`, "build");
  }
  return { type, mode };
}

function readFields(text: string): Map<string, string> {
  return new Map(
    splitCsv(text).map((part) => {
      const equals = part.indexOf("=");
      if (equals > 0) return [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1)] as const;
      throw usage(`invalid value ${JSON.stringify(part)} of an attestation: KEY=VALUE is expected`, "build");
    }),
  );
}
