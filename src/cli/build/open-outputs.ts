import type { BuildOptions, BuildOutput, ImageShape } from "../../build/mod.ts";
import type { CommandContext } from "../command.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { grammar } from "../tools/tool.ts";
import { canonicalTag } from "./build-flags.ts";
import { commaSeparated } from "./image-flags.ts";
import { listOutput } from "./list-output.ts";
import { checkPlace, openSpec } from "./open-spec.ts";
import { checkLevel, parseCompression } from "./output-fields.ts";
import { parseAnnotation } from "./parse-annotation.ts";
import { attestationRequests } from "./parse-attest.ts";
import { type BuildWide, type OutputSpec, parseOutput } from "./parse-output.ts";
import { type TagTarget, tagTarget } from "./transport-tag.ts";

type Spec = OutputSpec & BuildWide;

/** Where the image goes, and what that means for the build. */
export interface OpenedOutputs {
  readonly outputs: readonly BuildOutput[];
  readonly options: Pick<BuildOptions, "annotations" | "attestations" | "squash"> &
    Pick<
      BuildOptions,
      "compressionLevel" | "forceCompression" | "mediaTypes" | "rewriteTimestamp" | "verifyReproducible"
    > & {
      readonly compression: ImageShape["compression"];
    };
  /** The names that were asked for with --tag; canonical. */
  readonly tags: readonly string[];
  /** The names that the image gets anywhere. */
  readonly names: readonly string[];
  /** Standard output is one of them: nothing else may be written to it. */
  readonly usesStdout: boolean;
}

/**
 * Understands the flags of the outputs. Nothing is opened yet.
 * @throws KasaneError `usage` for what cannot be
 */
export function openOutputs(
  context: CommandContext,
  parts: {
    /** Of the build context, where it is one of this machine. */
    readonly contextDirectory?: string | undefined;
    /** Before anything is written. */
    readonly begin: () => void;
  },
): OpenedOutputs {
  const { flags, terminal } = context;
  const targets = flags.strings("tag").map(tagTarget);
  const specs = allSpecs(flags, targets);
  for (const file of ["metadata-file", "iidfile"]) {
    const path = flags.string(file);
    if (path !== undefined) checkPlace(path);
  }
  const options = buildOptions(flags, specs);
  const streamed = specs.filter(writesToStdout);
  if (streamed.length > 1) throw usage("two outputs cannot both go to standard output", "build");
  if (streamed.length > 0 && terminal.isOutTty) {
    throw usage("refusing to write an archive to a terminal", "build", {
      hint: "name a file with dest=FILE, or redirect the output",
    });
  }
  const names = new Set<string>();
  const tags = storeTags(targets);
  const outputs = specs.flatMap((spec) => {
    const own = "names" in spec && spec.names ? spec.names.map(canonicalTag) : tags;
    for (const name of own) names.add(name);
    return openSpec(context, spec, { ...parts, names: own, options }).map((output) =>
      announced(output, parts),
    );
  });
  const list = flags.string("manifest");
  if (list !== undefined) outputs.push(announced(listOutput(canonicalTag(list)), parts));
  return {
    outputs,
    tags,
    options: { ...options, ...writtenAs(outputs) },
    names: [...names],
    usesStdout: streamed.length > 0,
  };
}

function announced(output: BuildOutput, { begin }: { begin: () => void }): BuildOutput {
  return {
    ...output,
    write(image, written) {
      begin();
      return output.write(image, written);
    },
  };
}

/** Canonical. */
function storeTags(targets: readonly TagTarget[]): string[] {
  return targets.flatMap((target) => ("name" in target ? [canonicalTag(target.name)] : []));
}

/** `--push`, `--load` and places among the tags are outputs as well. */
function allSpecs(flags: ParsedFlags, targets: readonly TagTarget[]): Spec[] {
  const places = targets.flatMap((target) => ("spec" in target ? [target.spec] : []));
  let specs: Spec[] = [...flags.strings("output").map((text) => parseOutput(text)), ...places];
  const image = { kind: "image", byDigest: false, store: true, insecure: false, shape: {} } as const;
  const isImage = (spec: Spec) => spec.kind === "image";
  if (flags.boolean("push")) {
    if (specs.some(isImage)) specs = specs.map((spec) => (isImage(spec) ? { ...spec, push: true } : spec));
    else specs.push({ ...image, push: true });
  }
  const isStored = specs.some((spec) => spec.kind === "image" && spec.store);
  const isForStore =
    flags.boolean("load") || (specs.length === places.length && places.length < targets.length);
  if (specs.length === 0 || (isForStore && !isStored)) specs.push({ ...image, push: false });
  return specs;
}

function buildOptions(flags: ParsedFlags, specs: readonly Spec[]): OpenedOutputs["options"] {
  const compression = parseCompression(flags.string("compression") ?? "gzip");
  const compressionLevel = flags.number("compression-level");
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel);
  const format = flags.string("format");
  const squash = squashOf(flags);
  const unset = commaSeparated(flags, "unsetannotation");
  const annotations = flags
    .strings("annotation")
    .flatMap((text) => parseAnnotation(text))
    .filter(({ key }) => !unset.includes(key));
  const rewriteTimestamp = flags.boolean("rewrite-timestamp") || specs.some((spec) => spec.rewriteTimestamp);
  return {
    annotations,
    attestations: attestationRequests(flags),
    compression,
    ...(compressionLevel !== undefined && { compressionLevel }),
    ...(format !== undefined && { mediaTypes: format === "docker" ? "docker" : "oci" }),
    ...(flags.boolean("force-compression") && { forceCompression: true }),
    ...(squash && { squash }),
    ...(rewriteTimestamp && { rewriteTimestamp }),
    ...(flags.boolean("verify-reproducible") && { verifyReproducible: true }),
  };
}

/** buildah's --squash takes the base along, docker's and podman's does not. */
function squashOf(flags: ParsedFlags): BuildOptions["squash"] {
  const [isNew, isAll] = [flags.boolean("squash"), flags.boolean("squash-all")];
  if (isAll && isNew) throw usage("--squash and --squash-all cannot both be given", "build");
  if (isAll || (isNew && grammar() === "buildah")) return "all";
  return isNew || flags.maybeBoolean("layers") === false ? "new" : undefined;
}

/** The first image decides how layers are written, so that it takes them as they are. */
function writtenAs(outputs: readonly BuildOutput[]): Partial<ImageShape> {
  const shape = outputs.find((output) => output.shape)?.shape;
  return shape?.compression === undefined
    ? {}
    : { compression: shape.compression, compressionLevel: shape.compressionLevel };
}

function writesToStdout(spec: Spec): boolean {
  return (spec.kind === "archive" || spec.kind === "tar") && spec.path === undefined;
}
