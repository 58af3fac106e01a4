import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BuildContext, DockerfileSelection } from "../../build/mod.ts";
import { collect } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { standardInput } from "../standard-input.ts";
import { grammar } from "../tools/tool.ts";
import { dockerfileLimitBytes, readBuildInput } from "./stdin-context.ts";

/** What is built: a directory, an archive, something elsewhere or nothing, and the Dockerfile of it. */
export async function buildInput(
  command: CommandContext,
): Promise<{ context: BuildContext; dockerfile?: DockerfileSelection }> {
  const { flags, signal } = command;
  const path = contextArgument(flags);
  const files = flags.strings("file");
  if (path === "-") {
    if (files.includes("-"))
      throw usage("the context and the Dockerfile cannot both come from standard input", "build");
    const input = await readBuildInput(standardInput(signal));
    if (input.kind === "dockerfile") {
      return { context: { kind: "none" }, dockerfile: { kind: "text", text: input.bytes } };
    }
    return { context: { kind: "tar", stream: input.stream }, ...(await selection(files, signal)) };
  }
  const { remoteContext } = await import("./build-contexts.ts");
  const context = remoteContext(path) ?? { kind: "directory", path };
  if (context.kind !== "directory") return { context, ...(await selection(files, signal)) };
  const found = files.map((file) => inContext(file, path));
  const [file] = found;
  if (found.length === 1 && isPreprocessed(file!))
    return { context, ...(await preprocessed(file!, path, command)) };
  return { context, ...(await selection(found, signal)) };
}

/** buildah and podman do without one: the directory of the file, or the one that they are called in. */
function contextArgument(flags: ParsedFlags): string {
  const [path] = flags.arguments;
  if (path !== undefined) return path;
  if (grammar() !== "buildah" && grammar() !== "podman") {
    throw usage('"kasane build" requires exactly 1 argument', "build", {
      hint: "name the directory of the files to build from: kasane build .",
    });
  }
  const [file] = flags.strings("file");
  return file === undefined || file === "-" || isUrl(file) ? "." : dirname(file);
}

/** Where it is not in the directory that Kasane was called in, it may be in the context, as buildah and podman look for it. */
function inContext(file: string, context: string): string {
  const inside = join(context, file);
  return file !== "-" && !isUrl(file) && !existsSync(file) && existsSync(inside) ? inside : file;
}

async function selection(
  files: readonly string[],
  signal: AbortSignal,
): Promise<{ dockerfile?: DockerfileSelection }> {
  const [file, ...more] = files;
  if (file === undefined) return {};
  if (more.length === 0 && file !== "-" && !isUrl(file)) return { dockerfile: { kind: "path", path: file } };
  const texts: Uint8Array[] = [];
  for (const one of files) texts.push(await readText(one, signal), Buffer.from("\n"));
  const text = more.length === 0 ? texts[0]! : Buffer.concat(texts);
  const name = isUrl(file) ? new URL(file).pathname.split("/").at(-1) || "Dockerfile" : undefined;
  return { dockerfile: { kind: "text", text, ...(name !== undefined && { name }) } };
}

async function preprocessed(
  file: string,
  context: string,
  { flags, env, terminal }: CommandContext,
): Promise<{ dockerfile: DockerfileSelection }> {
  const { preprocess } = await import("./preprocess.ts");
  const text = await preprocess(file, { context, flags: flags.strings("cpp-flag"), env, terminal });
  return { dockerfile: { kind: "text", text, name: basename(file) } };
}

/** The name says that the file is written for the C preprocessor, as buildah and podman have it. */
function isPreprocessed(file: string): boolean {
  return file.endsWith(".in") && existsSync(file);
}

async function readText(file: string, signal: AbortSignal): Promise<Uint8Array> {
  if (file === "-") {
    return collect(standardInput(signal), dockerfileLimitBytes, "the Dockerfile on standard input");
  }
  if (!isUrl(file)) return collect(Bun.file(file).stream(), dockerfileLimitBytes, file);
  const { downloadFile } = await import("../../build/mod.ts");
  return collect(downloadFile(file, { signal }), dockerfileLimitBytes, "the Dockerfile");
}

function isUrl(file: string): boolean {
  return /^https?:\/\//i.test(file);
}
