import { version } from "../../../package.json" with { type: "json" };
import type { Dockerfile } from "../../dockerfile/mod.ts";
import { parseReference, type Reference } from "../../oci/mod.ts";
import type { BaseImages } from "../base-images.ts";
import type { BuiltPlatform, FinishedPlatform } from "../built-image.ts";
import type { BuildSession } from "../session.ts";
import { type Attestation, attestationOf } from "./attestation-manifest.ts";
import { imageUrl } from "./package-url.ts";
import { provenance } from "./provenance.ts";
import { scan } from "./sbom.ts";
import { statementOf } from "./statement.ts";

/** What is to be said of an image beside it. */
export type AttestationRequest =
  | { readonly type: "provenance"; readonly mode: "min" | "max" }
  /** An image that keeps to BuildKit's scanner protocol. */
  | { readonly type: "sbom"; readonly generator: Reference };

/** What the build knows that a statement may need. */
export interface AttestParts {
  readonly session: BuildSession;
  readonly bases: BaseImages;
  readonly dockerfile: Dockerfile;
  readonly finished: FinishedPlatform;
  readonly built: BuiltPlatform;
}

/** The statements that were asked for about one platform's image; undefined for none. */
export async function attest(parts: AttestParts): Promise<Attestation | undefined> {
  const { session, built } = parts;
  const { attestations = [], tags = [] } = session.options;
  if (attestations.length === 0) return undefined;
  const { platform, descriptor } = built;
  const names = tags.map((name) => imageUrl(parseReference(name), { platform }));
  const statements = [];
  for (const request of attestations) {
    const found =
      request.type === "sbom" ? await scan(parts, request.generator) : [provenanceOf(parts, request.mode)];
    for (const about of found) statements.push(statementOf(descriptor.digest, names, about));
  }
  return attestationOf(descriptor, statements);
}

/** In what mode it was asked for does not matter: `buildx` keeps the short form beside the image's digest. */
function provenanceOf({ session, dockerfile, finished }: AttestParts, mode: "min" | "max") {
  const { platform, stage } = finished;
  return provenance({
    mode,
    options: session.options,
    dockerfile,
    materials: session.materials.list(),
    platform,
    stage,
    version,
  });
}
