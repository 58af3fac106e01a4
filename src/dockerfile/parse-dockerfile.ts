import type { ParserDirectives } from "./directives.ts";
import type { ArgInstruction, FromInstruction, StageInstruction } from "./instruction.ts";
import { parseInstruction } from "./parse-instruction.ts";
import { type ParseSyntaxOptions, parseSyntax } from "./parse-syntax.ts";
import type { DockerfileSource } from "./source.ts";
import type { SyntaxWarning } from "./syntax-tree.ts";

/** A FROM and what follows it. */
export interface Stage {
  readonly index: number;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

/** A Dockerfile as it is understood, nothing expanded yet. */
export interface Dockerfile {
  readonly source: DockerfileSource;
  readonly directives: ParserDirectives;
  /** ARGs above the first FROM: what FROM lines may use. */
  readonly globalArgs: readonly ArgInstruction[];
  /** At least one. */
  readonly stages: readonly Stage[];
  readonly warnings: readonly SyntaxWarning[];
}

/**
 * Text → stages of typed instructions.
 * @throws KasaneError `invalid-dockerfile`, `limit-exceeded`
 */
export function parseDockerfile(text: string | Uint8Array, options: ParseSyntaxOptions = {}): Dockerfile {
  const tree = parseSyntax(text, options);
  const { source, directives, warnings } = tree;
  const globalArgs: ArgInstruction[] = [];
  const stages: { index: number; from: FromInstruction; instructions: StageInstruction[] }[] = [];
  for (const node of tree.nodes) {
    const instruction = parseInstruction(node, source);
    const stage = stages.at(-1);
    if (instruction.kind === "from") {
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    } else if (stage) stage.instructions.push(instruction);
    else if (instruction.kind === "arg") globalArgs.push(instruction);
    else {
      throw source.error(instruction.range, `${node.name.toUpperCase()} comes before the first FROM`, {
        hint: "only ARG may stand above FROM",
        mark: node.name,
      });
    }
  }
  if (stages.length === 0) {
    throw source.error(tree.nodes.at(-1)!.range, "there is no FROM, so there is nothing to build", {
      hint: "a Dockerfile begins with FROM",
    });
  }
  return { source, directives, globalArgs, stages, warnings };
}

/**
 * An ONBUILD trigger of an image's config, as an instruction.
 * @throws KasaneError `invalid-dockerfile`
 */
export function parseTrigger(
  text: string,
  name: string,
): { instruction: StageInstruction; source: DockerfileSource } {
  const tree = parseSyntax(text, { name });
  const [node, second] = tree.nodes;
  if (second) throw tree.source.error(second.range, "an ONBUILD trigger is one instruction");
  const instruction = parseInstruction(node!, tree.source);
  if (instruction.kind === "from" || instruction.kind === "onbuild" || instruction.kind === "maintainer") {
    throw tree.source.error(node!.range, `${node!.name.toUpperCase()} is not allowed in ONBUILD`);
  }
  return { instruction, source: tree.source };
}

/** The number of the stage with this name (case does not count) or number; undefined where there is none. */
export function findStage(stages: readonly Stage[], name: string): number | undefined {
  // The last one of a name wins, as in BuildKit.
  const named = stages.findLast((stage) => stage.from.stageName === name.toLowerCase());
  if (named) return named.index;
  return /^\d{1,6}$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}
