import { statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import {
  archiveOutput,
  type BuildOptions,
  type BuildOutput,
  directoryOutput,
  dirOutput,
  type ImageShape,
  layoutOutput,
  registryOutput,
  storeOutput,
  tarOutput,
} from "../../build/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import { parseReference } from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import { toDestination } from "../commands/cp-destination.ts";
import { usage } from "../flags.ts";
import { tell, warn } from "../messages/tell.ts";
import { registryClients } from "../registries/connect.ts";
import { transferProgress } from "../registries/transfer-progress.ts";
import { writeFileAtomically } from "../write-file.ts";
import { checkLevel } from "./output-fields.ts";
import type { OutputSpec } from "./parse-output.ts";

/** What an output needs to know of the others. */
export interface SpecParts {
  readonly names: readonly string[];
  readonly options: Pick<BuildOptions, "annotations"> & Pick<ImageShape, "compression" | "compressionLevel">;
  readonly contextDirectory?: string | undefined;
}

/** The places that one `--output` means. Nothing is opened before it is written. */
export function openSpec(context: CommandContext, spec: OutputSpec, parts: SpecParts): BuildOutput[] {
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
      const refs = spec.refs ?? names.map((name) => parseReference(name).tag ?? "latest");
      const output = layoutOutput({ directory, refs, shape: shapeOf(spec.shape, parts) });
      return [after(output, () => tellWritten(context, directory))];
    }
    case "dir":
      return [after(dirOutput(spec.directory), () => tellWritten(context, spec.directory))];
    case "tar":
      return [tarOutput({ ...spec, write: bytesTo(context, spec.path) })];
    case "local": {
      const { directory, mode } = spec;
      if (mode === "delete") refuseDangerous(directory, parts.contextDirectory);
      const { write } = directoryOutput({ ...spec, warn: (message) => warn(context.terminal, message) });
      const output = {
        title: "client directory",
        write: (...call: Parameters<typeof write>) => toDestination(directory, () => write(...call)),
      };
      return [after(output, () => tellWritten(context, directory))];
    }
  }
}

/** To a file, which is there whole or not at all, or to standard output. */
function bytesTo(context: CommandContext, path: string | undefined) {
  const { terminal, signal } = context;
  if (path !== undefined) checkPlace(path);
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
  spec: Extract<OutputSpec, { kind: "image" }>,
  parts: SpecParts,
): BuildOutput[] {
  const { flags, terminal } = context;
  const shape = shapeOf(spec.shape, parts);
  const outputs = spec.store ? [storeOutput({ names: spec.byDigest ? [] : parts.names, shape })] : [];
  // What is built goes nowhere but into the cache.
  if (!spec.push) return spec.store ? outputs : [{ title: "cache", shape, write: async () => {} }];
  if (parts.names.length === 0) {
    throw usage("a name is needed to push to a registry", "build", {
      hint: "give one: -t REGISTRY/REPOSITORY:TAG",
    });
  }
  const quiet = flags.boolean("quiet");
  const progress = transferProgress(terminal, { quiet: quiet || !terminal.isOutTty });
  let opened: Promise<BuildOutput> | undefined;
  let isWriting = false;
  const open = async (): Promise<BuildOutput> =>
    registryOutput({
      references: parts.names.map((name) => parseReference(name)),
      client: await registryClients(flags, {
        isInsecure: spec.insecure,
        onWait: (...told) => isWriting && progress.onWait(...told),
      }),
      byDigest: spec.byDigest,
      progress: progress.listener,
      pushed: ({ host, repository, tag }, { digest }) =>
        quiet || tell(terminal, `pushed ${host}/${repository}${tag ? `:${tag}` : ""}@${digest}`),
    });
  const push: BuildOutput = {
    title: "image",
    shape,
    async foresee(layer, places) {
      opened ??= open();
      await (await opened).foresee?.(layer, places);
    },
    async write(image, written) {
      isWriting = true;
      if (!quiet) tell(terminal, `pushing ${parts.names.join(", ")}`);
      opened ??= open();
      await (await opened).write(image, written);
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

/**
 * A file that could not be made is told of before the build, not after it.
 * @throws KasaneError `not-found`
 */
export function checkPlace(path: string): void {
  if (statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory()) return;
  throw new KasaneError("not-found", `cannot write ${path}: no such directory`, {
    hint: "make the directory first, or name another file",
  });
}
