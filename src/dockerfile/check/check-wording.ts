import type { FromInstruction, Instruction } from "../instruction.ts";
import type { Dockerfile } from "../parse-dockerfile.ts";
import type { Warn } from "./check-dockerfile.ts";

/**
 * How things are written: case, names, descriptions. `warnAnyway` is for what concerns the file as a whole, which comments of one
 * instruction cannot switch off.
 */
export function checkWording(dockerfile: Dockerfile, warn: Warn, warnAnyway: Warn): void {
  const inStages = dockerfile.stages.flatMap((stage) => [stage.from, ...stage.instructions]);
  checkCase(inStages, warnAnyway);
  checkStageNames(
    dockerfile.stages.map((stage) => stage.from),
    warnAnyway,
  );
  for (const instruction of [...dockerfile.globalArgs, ...inStages]) {
    if (instruction.kind === "from") checkFrom(instruction, warn);
    else if (instruction.kind === "arg") {
      checkDescription(
        "ARG",
        instruction.definitions.map(({ name }) => name),
        instruction,
        warn,
      );
    } else if (instruction.kind === "maintainer") {
      warn("MaintainerDeprecated", "MAINTAINER is deprecated: name the author in a label", instruction);
    }
  }
}

/** The instruction's name as it is written. */
function writtenName(instruction: Instruction): string {
  return /\S+/.exec(instruction.original)?.[0] ?? "";
}

function isLower(text: string): boolean {
  return text === text.toLowerCase();
}

function isUpper(text: string): boolean {
  return text === text.toUpperCase();
}

function checkCase(instructions: readonly Instruction[], warn: Warn): void {
  const names = instructions.map(writtenName);
  const majorityIsLower = names.filter(isLower).length > names.filter(isUpper).length;
  const isRight = majorityIsLower ? isLower : isUpper;
  for (const [index, instruction] of instructions.entries()) {
    const name = names[index]!;
    if (isRight(name)) continue;
    const wanted = majorityIsLower ? name.toLowerCase() : name.toUpperCase();
    warn("ConsistentInstructionCasing", `${name} should be ${wanted}, as most instructions are`, instruction);
  }
}

function checkStageNames(stages: readonly FromInstruction[], warn: Warn): void {
  const seen = new Set<string>();
  for (const from of stages) {
    const name = from.stageName;
    if (name === undefined) continue;
    if (name === "scratch" || name === "context") {
      warn("ReservedStageName", `${name} means something else: give the stage another name`, from);
    }
    if (seen.has(name)) {
      warn("DuplicateStageName", `there is another stage ${name}: the last one of a name counts`, from);
    }
    seen.add(name);
  }
}

function checkFrom(from: FromInstruction, warn: Warn): void {
  if (from.stageName === undefined) return;
  const [as, name] = from.original.trim().split(/\s+/).slice(-2);
  if (!isLower(name!)) warn("StageNameCasing", `stage ${name} should be ${from.stageName}`, from);
  const written = writtenName(from);
  // A From is told of elsewhere.
  const isSame = isLower(written) ? isLower : isUpper(written) ? isUpper : () => true;
  if (!isSame(as!)) warn("FromAsCasing", `${as} is not written as its ${written}`, from);
  checkDescription("FROM", [from.stageName], from, warn);
}

function checkDescription(kind: "ARG" | "FROM", names: readonly string[], at: Instruction, warn: Warn): void {
  const description = at.comments.at(-1);
  if (description === undefined || names.includes(description.trim().split(" ")[0]!)) return;
  const name = names.length > 1 ? "NAME" : names[0];
  warn("InvalidDefinitionDescription", `the comment of this ${kind} should begin with "# ${name} "`, at);
}
