import { KasaneError } from "../lib/mod.ts";
import { evalPipeline } from "./evaluate.ts";
import type { FunctionTable } from "./functions.ts";
import { goInt } from "./go-type.ts";
import { GoValue, indirect, integerOf, isTrue, itemAt, itemsOf, mapEntries } from "./go-value.ts";
import { TemplateError } from "./limits.ts";
import type { BranchNode, Node, TemplateNode } from "./nodes.ts";
import type { ParsedTemplate } from "./parser.ts";
import { sprint } from "./print.ts";
import { quote } from "./quote.ts";
import { type MissingKey, Run } from "./run.ts";

type Maybe = GoValue | undefined;

/** How a list of nodes ended: at its end, or at a break or continue of the loop around it. */
type Ending = "break" | "continue" | undefined;

/**
 * The text a template makes of a value.
 * @throws TemplateError in Go's words; a template without end runs into a limit
 */
export function executeTemplate(
  parsed: ParsedTemplate,
  data: Maybe,
  options: { name: string; functions: FunctionTable; missingKey?: MissingKey; keep?: (text: string) => void },
): string {
  const { name, functions, missingKey = "default" } = options;
  const run: Run = new Run({ parsed, functions, missingKey, name });
  run.declare("$", data);
  try {
    const root = parsed.trees.get(options.name);
    if (root === undefined) run.fail(`${quote(options.name)} is an incomplete or empty template`);
    walk(run, data, root);
    return run.text;
  } catch (error) {
    options.keep?.(run.text);
    // This program's stack ended before the limits did.
    if (error instanceof RangeError)
      throw new TemplateError(`template: ${options.name}: too much inside one another`);
    if (error instanceof KasaneError) throw error;
    throw new TemplateError(`template: ${options.name}: ${(error as Error).message}`);
  }
}

function walk(run: Run, dot: Maybe, node: Node): Ending {
  run.enter(node);
  const ending = walkNode(run, dot, node);
  run.leave();
  return ending;
}

function walkNode(run: Run, dot: Maybe, node: Node): Ending {
  switch (node.kind) {
    case "text":
      run.write(node.text);
      return undefined;
    case "action": {
      const value = evalPipeline(run, dot, node.pipe);
      run.at(node);
      if (node.pipe.declared.length === 0) writeValue(run, value);
      return undefined;
    }
    case "list":
      for (const each of node.nodes) {
        const ending = walk(run, dot, each);
        if (ending) return ending;
      }
      return undefined;
    case "if":
    case "with":
      return walkBranch(run, dot, node);
    case "range":
      walkRange(run, dot, node);
      return undefined;
    case "template":
      walkTemplate(run, dot, node);
      return undefined;
    default:
      return node.kind;
  }
}

function writeValue(run: Run, value: Maybe): void {
  if (value === undefined) run.write("<no value>");
  else run.write(sprint([value.kind === "pointer" ? (indirect(value).value ?? value) : value]));
}

function walkBranch(run: Run, dot: Maybe, node: BranchNode): Ending {
  const mark = run.variables.length;
  const value = evalPipeline(run, dot, node.pipe);
  let ending: Ending;
  if (isTrue(value)) ending = walk(run, node.kind === "with" ? value : dot, node.list);
  else if (node.elseList) ending = walk(run, dot, node.elseList);
  run.variables.length = mark;
  return ending;
}

function walkRange(run: Run, dot: Maybe, node: BranchNode): void {
  const outer = run.variables.length;
  const { value } = indirect(evalPipeline(run, dot, node.pipe));
  const mark = run.variables.length;
  let isEmpty = true;
  for (const [index, element] of rounds(run, node, value)) {
    isEmpty = false;
    run.step();
    setVariables(run, node, index, element);
    const ending = walk(run, element, node.list);
    run.variables.length = mark;
    if (ending === "break") break;
  }
  run.variables.length = outer;
  if (isEmpty && node.elseList) {
    walk(run, dot, node.elseList);
    run.variables.length = outer;
  }
}

function* rounds(run: Run, { pipe }: BranchNode, value: Maybe): Iterable<[Maybe, Maybe]> {
  switch (value?.kind) {
    case undefined:
      return;
    case "slice":
    case "array":
      for (const index of itemsOf(value).keys()) yield [new GoValue(goInt, index), itemAt(value, index)];
      return;
    case "map":
      for (const { key, value: item } of mapEntries(value)) yield [key, item];
      return;
    case "int":
    case "uint": {
      if (pipe.declared.length > 1) {
        run.fail(`can't use ${sprint([value])} to iterate over more than one variable`);
      }
      const end = integerOf(value);
      for (let round = 0; BigInt(round) < end; round++) yield [undefined, new GoValue(value.type, round)];
      return;
    }
    default:
      if (value === undefined) return;
      run.fail(`range can't iterate over ${sprint([value])}`);
  }
}

/** One variable is the element; of two the first is the index. */
function setVariables(run: Run, { pipe }: BranchNode, index: Maybe, element: Maybe): void {
  const { declared, isAssign } = pipe;
  if (declared.length === 0) return;
  const last = declared[declared.length - 1]!.names[0]!;
  if (isAssign) {
    if (declared.length > 1) run.assign(declared[0]!.names[0]!, index);
    run.assign(last, element);
    return;
  }
  run.setTop(1, element);
  if (declared.length > 1) run.setTop(2, index);
}

function walkTemplate(run: Run, dot: Maybe, node: TemplateNode): void {
  const root = run.parsed.trees.get(node.name);
  if (root === undefined) run.fail(`template ${quote(node.name)} not defined`);
  const inner = evalPipeline(run, dot, node.pipe);
  const caller = { variables: run.variables, name: run.name };
  // A template sees no variables of the one that calls it.
  run.variables = [];
  run.name = node.name;
  run.declare("$", inner);
  walk(run, inner, root);
  run.variables = caller.variables;
  run.name = caller.name;
}
