import type { Dockerfile } from "../../dockerfile/mod.ts";
import { type Annotations, formatPlatform, hostPlatform, type Platform } from "../../oci/mod.ts";
import { causeAnnotations } from "../layer-cause.ts";
import type { BuildOptions } from "../options.ts";
import type { StageImage } from "../stage-image.ts";
import type { Material } from "./materials.ts";
import type { Statement } from "./statement.ts";

export interface ProvenanceInput {
  /** `max` tells arguments, labels, ids of secrets, the Dockerfile and the steps as well: nothing of it may be secret. */
  readonly mode: "min" | "max";
  readonly options: BuildOptions;
  readonly dockerfile: Dockerfile;
  readonly materials: readonly Material[];
  readonly platform: Platform;
  readonly stage: StageImage;
  readonly version: string;
}

const provenanceType = "https://slsa.dev/provenance/v1";

/**
 * How an image was built, as a SLSA v1 predicate with BuildKit's fields. There is no time in it and no random id: the same build says the
 * same, also when all of it came from the cache.
 */
export function provenance(input: ProvenanceInput): Pick<Statement, "predicateType" | "predicate"> {
  const { mode, materials, version, dockerfile } = input;
  const isMax = mode === "max";
  return {
    predicateType: provenanceType,
    predicate: {
      buildDefinition: {
        buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
        externalParameters: {
          configSource: { path: baseName(dockerfile.source.name) },
          request: { frontend: "dockerfile.v0", ...request(input) },
        },
        internalParameters: {
          builderPlatform: formatPlatform(hostPlatform()),
          ...(isMax && { buildConfig: { steps: steps(input.stage) } }),
        },
        resolvedDependencies: materials,
      },
      runDetails: {
        builder: { id: "urn:kasane:build", version: { kasane: version } },
        metadata: {
          // What RUN downloads is not known.
          buildkit_completeness: { request: isMax, resolvedDependencies: false },
          buildkit_reproducible: false,
          ...(isMax && { buildkit_metadata: { source: source(dockerfile) } }),
        },
      },
    },
  };
}

function request({ mode, options, platform }: ProvenanceInput): object {
  const { target, noCache, buildArgs = {}, labels = {}, secrets, sshAgents } = options;
  const args = {
    ...(target !== undefined && { target }),
    ...(noCache && { "no-cache": "" }),
    ...((options.platforms?.length ?? 0) > 0 && { platform: formatPlatform(platform) }),
    ...(mode === "max" && { ...prefixed("build-arg:", buildArgs), ...prefixed("label:", labels) }),
  };
  const ids = (names: Iterable<string> | undefined) => [...(names ?? [])].sort().map((id) => ({ id }));
  return {
    args: Object.fromEntries(Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(mode === "max" && secrets && { secrets: ids(secrets.keys()) }),
    ...(mode === "max" && sshAgents && { ssh: ids(sshAgents.keys()) }),
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

/** Layers, and what made them. */
function steps({ layers }: StageImage): object[] {
  const { instruction, file, line, stage } = causeAnnotations;
  return layers.map(({ descriptor: { annotations = {} as Annotations }, diffId }) => ({
    layer: diffId,
    instruction: annotations[instruction],
    file: annotations[file],
    line: annotations[line],
    stage: annotations[stage],
  }));
}

function source({ source: { name, lines } }: Dockerfile): object {
  const data = Buffer.from(lines.join("\n")).toString("base64");
  return { infos: [{ filename: baseName(name), language: "Dockerfile", data }] };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
