import { DockerfileSource, type RunInstruction } from "../../dockerfile/mod.ts";
import { collect, KasaneError, messageOf } from "../../lib/mod.ts";
import { familiarReference, hostPlatform, type Reference } from "../../oci/mod.ts";
import { applyStep } from "../apply-step.ts";
import { nothingFollows, runStep } from "../run-step.ts";
import type { BuildSession } from "../session.ts";
import { StageBuilder } from "../stage-builder.ts";
import type { StageImage } from "../stage-image.ts";
import type { StageLine } from "../stage-line.ts";
import { workdirStep } from "../workdir-step.ts";
import type { AttestParts } from "./attest.ts";
import type { Statement } from "./statement.ts";

/** Where BuildKit's scanner protocol has them. */
const sourceDirectory = "/run/src/core/sbom";
const extrasDirectory = "/run/src/extras";
const outputDirectory = "/run/out";

const statementLimit = 100;
const statementLimitBytes = 64 * 1024 * 1024;

/**
 * Runs a scanner on the files of an image, as BuildKit does: it is told by BUILDKIT_SCAN_* where they are, and leaves in-toto statements in a
 * directory. A step like others: what it found is in the cache for the same scanner and the same files.
 * @throws KasaneError `build-failed` where it fails or leaves nothing that is a statement
 */
export async function scan(
  { session, bases, finished: { stage: target } }: AttestParts,
  generator: Reference,
): Promise<Pick<Statement, "predicateType" | "predicate">[]> {
  const base = await bases.image(generator, hostPlatform());
  const stage = new StageBuilder({
    session,
    base,
    name: "sbom",
    escape: "\\",
    globalArgs: new Map(),
    isCached: true,
  });
  const { Entrypoint, Cmd } = base.config;
  const name = familiarReference(generator);
  const line = lineOf([...(Entrypoint ?? []), ...(Cmd ?? [])]);
  const { workingDirectory } = stage;
  const total = 2;
  await applyStep(stage, { line, index: 1, total, text: `WORKDIR ${outputDirectory}` }, (step) =>
    workdirStep(stage, { ...line.instruction, kind: "workdir", path: outputDirectory }, step),
  );
  stage.config = { ...stage.config, WorkingDir: workingDirectory };
  stage.variables.setEnv("BUILDKIT_SCAN_SOURCE", sourceDirectory);
  stage.variables.setEnv("BUILDKIT_SCAN_SOURCE_EXTRAS", extrasDirectory);
  stage.variables.setEnv("BUILDKIT_SCAN_DESTINATION", outputDirectory);
  await applyStep(stage, { line, index: 2, total, text: `SCAN with ${name}` }, (step) =>
    runStep(stage, line.instruction, async () => ({ kind: "image", image: target }), {
      step,
      ...nothingFollows,
    }),
  );
  return readStatements(session, stage.image(), name);
}

function lineOf(argv: readonly string[]): StageLine & { instruction: RunInstruction } {
  const instruction: RunInstruction = {
    kind: "run",
    original: "",
    range: { startLine: 1, endLine: 1 },
    command: { form: "exec", argv },
    heredocs: [],
    comments: [],
    mounts: [`type=bind,from=target,target=${sourceDirectory}`, `type=tmpfs,target=${extrasDirectory}`],
    devices: [],
  };
  return { instruction, source: new DockerfileSource("sbom", []), isOnBuild: true };
}

async function readStatements(
  session: BuildSession,
  image: StageImage,
  name: string,
): Promise<Pick<Statement, "predicateType" | "predicate">[]> {
  const files = await session.files(image);
  const nodes = files.children(outputDirectory.slice(1)).filter((node) => node.type === "file");
  if (nodes.length === 0 || nodes.length > statementLimit) {
    throw new KasaneError(
      "build-failed",
      `the scanner ${name} left ${nodes.length} files in ${outputDirectory}`,
      {
        hint: "it is to leave in-toto statements there, as docker/buildkit-syft-scanner does",
      },
    );
  }
  await files.prepare(nodes);
  const statements = [];
  for (const node of nodes) {
    const bytes = await collect(files.open(node), statementLimitBytes, `${node.path} of ${name}`);
    statements.push(parseStatement(bytes, `${node.path} of ${name}`));
  }
  return statements;
}

function parseStatement(bytes: Uint8Array, what: string): Pick<Statement, "predicateType" | "predicate"> {
  let value: { predicateType?: unknown; predicate?: unknown };
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw notStatement(what, messageOf(error));
  }
  if (typeof value?.predicateType !== "string" || value.predicate === undefined) {
    throw notStatement(what, "it has no predicateType or no predicate");
  }
  return { predicateType: value.predicateType, predicate: value.predicate };
}

function notStatement(what: string, reason: string): KasaneError {
  return new KasaneError("build-failed", `${what} is not an in-toto statement: ${reason}`, {
    hint: "use a scanner that keeps to BuildKit's protocol",
  });
}
