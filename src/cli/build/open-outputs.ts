import { isAbsolute, relative, resolve } from "node:path";
import {
  archiveOutput,
  type BuildOptions,
  type BuildOutput,
  directoryOutput,
  type ImageShape,
  layoutOutput,
  registryOutput,
  storeOutput,
  tarOutput,
} from "../../build/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import { parseReference } from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import { registryClients } from "../connect.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { tell, warn } from "../messages/tell.ts";
import { transferProgress } from "../transfer-progress.ts";
import { writeFileAtomically } from "../write-file.ts";
import { canonicalTag } from "./build-flags.ts";
import { parseAnnotation } from "./parse-annotation.ts";
import { attestationRequests } from "./parse-attest.ts";
import {
  type BuildWide,
  checkLevel,
  type OutputSpec,
  parseCompression,
  parseOutput,
} from "./parse-output.ts";

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
    /** Canonical. */
    readonly tags: readonly string[];
    /** Of the build context, where it is one of this machine. */
    readonly contextDirectory?: string | undefined;
    /** Before anything is written. */
    readonly begin: () => void;
  },
): OpenedOutputs {
  const { flags, terminal } = context;
  const specs = allSpecs(flags);
  const options = buildOptions(flags, specs);
  const streamed = specs.filter(writesToStdout);
  if (streamed.length > 1) throw usage("two outputs cannot both go to standard output", "build");
  if (streamed.length > 0 && terminal.isOutTty) {
    throw usage("refusing to write an archive to a terminal", "build", {
      hint: "name a file with dest=FILE, or redirect the output",
    });
  }
  const names = new Set<string>();
  const outputs = specs.flatMap((spec) => {
    const own = "names" in spec && spec.names ? spec.names.map(canonicalTag) : parts.tags;
    for (const name of own) names.add(name);
    return openSpec(context, spec, { ...parts, names: own, options }).map((output) =>
      announced(output, parts),
    );
  });
  return {
    outputs,
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

/** `--push` and `--load` are outputs as well. */
function allSpecs(flags: ParsedFlags): Spec[] {
  let specs: Spec[] = flags.strings("output").map((text) => parseOutput(text));
  const image = { kind: "image", byDigest: false, store: true, insecure: false, shape: {} } as const;
  const isImage = (spec: Spec) => spec.kind === "image";
  if (flags.boolean("push")) {
    if (specs.some(isImage)) specs = specs.map((spec) => (isImage(spec) ? { ...spec, push: true } : spec));
    else specs.push({ ...image, push: true });
  }
  const isStored = specs.some((spec) => spec.kind === "image" && spec.store);
  if (specs.length === 0 || (flags.boolean("load") && !isStored)) specs.push({ ...image, push: false });
  return specs;
}

function buildOptions(flags: ParsedFlags, specs: readonly Spec[]): OpenedOutputs["options"] {
  const compression = parseCompression(flags.string("compression") ?? "gzip");
  const compressionLevel = flags.number("compression-level");
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel);
  const format = flags.string("format");
  const isAll = flags.boolean("squash-all");
  if (isAll && flags.boolean("squash"))
    throw usage("--squash and --squash-all cannot both be given", "build");
  const annotations = flags.strings("annotation").flatMap((text) => parseAnnotation(text));
  const rewriteTimestamp = flags.boolean("rewrite-timestamp") || specs.some((spec) => spec.rewriteTimestamp);
  return {
    annotations,
    attestations: attestationRequests(flags),
    compression,
    ...(compressionLevel !== undefined && { compressionLevel }),
    ...(format !== undefined && { mediaTypes: format === "docker" ? "docker" : "oci" }),
    ...(flags.boolean("force-compression") && { forceCompression: true }),
    ...(isAll ? { squash: "all" as const } : flags.boolean("squash") ? { squash: "new" as const } : {}),
    ...(rewriteTimestamp && { rewriteTimestamp }),
    ...(flags.boolean("verify-reproducible") && { verifyReproducible: true }),
  };
}

/** The first image decides how layers are written, so that it takes them as they are. */
function writtenAs(outputs: readonly BuildOutput[]): Partial<ImageShape> {
  const shape = outputs.find((output) => output.shape)?.shape;
  return shape?.compression === undefined
    ? {}
    : { compression: shape.compression, compressionLevel: shape.compressionLevel };
}

interface SpecParts {
  readonly names: readonly string[];
  readonly options: OpenedOutputs["options"];
  readonly contextDirectory?: string | undefined;
}

function openSpec(context: CommandContext, spec: Spec, parts: SpecParts): BuildOutput[] {
  const { names } = parts;
  switch (spec.kind) {
    case "image":
      return imageOutputs(context, spec, parts);
    case "archive": {
      const { format, path } = spec;
      const write = bytesTo(context, path);
      return [archiveOutput({ format, names, write, shape: shapeOf(spec.shape, parts) })];
    }
    case "layout": {
      const { directory } = spec;
      const refs = names.map((name) => parseReference(name).tag ?? "latest");
      const output = layoutOutput({ directory, refs, shape: shapeOf(spec.shape, parts) });
      return [after(output, () => tellWritten(context, directory))];
    }
    case "tar":
      return [tarOutput({ ...spec, write: bytesTo(context, spec.path) })];
    case "local": {
      const { directory, mode } = spec;
      if (mode === "delete") refuseDangerous(directory, parts.contextDirectory);
      const output = directoryOutput({ ...spec, warn: (message) => warn(context.terminal, message) });
      return [after(output, () => tellWritten(context, directory))];
    }
  }
}

/** To a file, which is there whole or not at all, or to standard output. */
function bytesTo(context: CommandContext, path: string | undefined) {
  const { terminal, signal } = context;
  return async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    if (path !== undefined) {
      await writeFileAtomically(path, bytes, signal);
      tellWritten(context, path);
      return;
    }
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      await terminal.outBytes(chunk);
    }
  };
}

function tellWritten({ flags, terminal }: CommandContext, what: string): void {
  if (!flags.boolean("quiet")) tell(terminal, `wrote ${what}`);
}

function after(output: BuildOutput, done: () => void): BuildOutput {
  return {
    ...output,
    async write(image, written) {
      await output.write(image, written);
      done();
    },
  };
}

function imageOutputs(
  context: CommandContext,
  spec: Extract<Spec, { kind: "image" }>,
  parts: SpecParts,
): BuildOutput[] {
  const { flags, terminal } = context;
  const shape = shapeOf(spec.shape, parts);
  const outputs = spec.store ? [storeOutput({ names: spec.byDigest ? [] : parts.names, shape })] : [];
  if (!spec.push) return outputs;
  if (parts.names.length === 0) {
    throw usage("a name is needed to push to a registry", "build", {
      hint: "give one: -t REGISTRY/REPOSITORY:TAG",
    });
  }
  const quiet = flags.boolean("quiet");
  const push: BuildOutput = {
    shape,
    async write(image, written) {
      const progress = transferProgress(terminal, { quiet: quiet || !terminal.isOutTty });
      const client = await registryClients(flags, {
        isInsecure: spec.insecure,
        onWait: (...told) => progress.onWait(...told),
      });
      const output = registryOutput({
        references: parts.names.map((name) => parseReference(name)),
        client,
        byDigest: spec.byDigest,
        progress: progress.listener,
        pushed: ({ host, repository, tag }, { digest }) =>
          quiet || tell(terminal, `pushed ${host}/${repository}${tag ? `:${tag}` : ""}@${digest}`),
      });
      await output.write(image, written);
      progress.end();
    },
  };
  return [...outputs, push];
}

/** What the output says of itself is over what the build says; a level belongs to its compression. */
function shapeOf(shape: Partial<ImageShape>, { options }: SpecParts): Partial<ImageShape> {
  const compression = shape.compression ?? options.compression;
  const isOther = compression !== options.compression;
  const compressionLevel = shape.compressionLevel ?? (isOther ? undefined : options.compressionLevel);
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel);
  const annotations = [...(options.annotations ?? []), ...(shape.annotations ?? [])];
  return { ...shape, compression, compressionLevel, annotations };
}

function writesToStdout(spec: Spec): boolean {
  return (spec.kind === "archive" || spec.kind === "tar") && spec.path === undefined;
}

/** `mode=delete` takes away what is not in the image: not the sources, and not everything there is. */
function refuseDangerous(directory: string, contextDirectory: string | undefined): void {
  const target = resolve(directory);
  const isWithin = (path: string) => {
    const way = relative(target, resolve(path));
    return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
  };
  if (target !== "/" && !isWithin(".") && (contextDirectory === undefined || !isWithin(contextDirectory)))
    return;
  throw new KasaneError(
    "usage",
    `mode=delete would empty ${directory}, which is more than an output directory`,
    {
      hint: "name a directory of its own: dest=out",
    },
  );
}
