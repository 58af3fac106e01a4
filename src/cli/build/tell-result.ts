import type { BuildResult } from "../../build/mod.ts";
import { isIndexType } from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import { tell } from "../messages/tell.ts";
import type { OpenedOutputs } from "./open-outputs.ts";

/** What was built, for whoever called: the files that were asked for, and a few lines. Returns the exit code. */
export async function tellResult(
  { flags, terminal }: CommandContext,
  result: BuildResult,
  { names, usesStdout }: OpenedOutputs,
): Promise<number> {
  const { differences, raw } = result;
  if (differences.length > 0) {
    const { tellDifferences } = await import("./tell-differences.ts");
    tellDifferences(terminal, differences);
    return 1;
  }
  const isIndex = isIndexType(raw.mediaType);
  const id = isIndex ? raw.digest : result.id;
  const idFile = flags.string("iidfile");
  if (idFile !== undefined) {
    const { writeFileAtomically } = await import("../write-file.ts");
    await writeFileAtomically(idFile, [new TextEncoder().encode(id)]);
  }
  const metadataFile = flags.string("metadata-file");
  if (metadataFile !== undefined) {
    const { buildMetadata, writeMetadata } = await import("./metadata-file.ts");
    await writeMetadata(metadataFile, buildMetadata(result, names));
  }
  if (flags.boolean("quiet")) {
    (usesStdout ? terminal.err : terminal.out)(`${id}\n`);
    return 0;
  }
  if (flags.string("progress")?.endsWith("json")) return 0;
  if (flags.boolean("verify-reproducible")) tell(terminal, "every RUN gave the same twice");
  terminal.err(isIndex ? "\n" : `\nimage ${result.id}\n`);
  terminal.err(`${isIndex ? "index" : "manifest"} ${raw.digest}\n`);
  for (const name of names) terminal.err(`named ${name}\n`);
  return 0;
}
