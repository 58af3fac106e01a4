import type { BuildContext, DockerfileSelection } from "../../build/mod.ts";
import { collect } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { dockerfileLimitBytes, readBuildInput } from "./stdin-context.ts";

/** What is built: a directory, an archive, something elsewhere or nothing, and the Dockerfile of it. */
export async function buildInput({
  flags,
  signal,
}: CommandContext): Promise<{ context: BuildContext; dockerfile?: DockerfileSelection }> {
  const path = flags.arguments[0]!;
  const file = flags.string("file");
  if (path === "-") {
    if (file === "-")
      throw usage("the context and the Dockerfile cannot both come from standard input", "build");
    const input = await readBuildInput(Bun.stdin.stream());
    if (input.kind === "dockerfile") {
      return { context: { kind: "none" }, dockerfile: { kind: "text", text: input.bytes } };
    }
    return { context: { kind: "tar", stream: input.stream }, ...(await selection(file, signal)) };
  }
  const { remoteContext } = await import("./build-contexts.ts");
  const context = remoteContext(path) ?? { kind: "directory", path };
  return { context, ...(await selection(file, signal)) };
}

async function selection(
  file: string | undefined,
  signal: AbortSignal,
): Promise<{ dockerfile?: DockerfileSelection }> {
  if (file === undefined) return {};
  if (file === "-") {
    const text = await collect(Bun.stdin.stream(), dockerfileLimitBytes, "the Dockerfile on standard input");
    return { dockerfile: { kind: "text", text } };
  }
  if (!/^https?:\/\//i.test(file)) return { dockerfile: { kind: "path", path: file } };
  const { downloadFile } = await import("../../build/mod.ts");
  const text = await collect(downloadFile(file, { signal }), dockerfileLimitBytes, "the Dockerfile");
  return {
    dockerfile: { kind: "text", text, name: new URL(file).pathname.split("/").at(-1) || "Dockerfile" },
  };
}
