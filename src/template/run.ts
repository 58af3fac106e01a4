import type { FunctionTable } from "./functions.ts";
import { type GoValue, itemsOf, stringOf } from "./go-value.ts";
import { limits, TemplateError } from "./limits.ts";
import { type AnyNode, describe } from "./nodes.ts";
import type { ParsedTemplate } from "./parser.ts";
import { quote } from "./quote.ts";

/** What a map entry that is not there is: no value, or an error. */
export type MissingKey = "default" | "error";

interface Variable {
  readonly name: string;
  value: GoValue | undefined;
}

/** One evaluation of a template: where it is, its variables, its output and what it has cost. */
export class Run {
  variables: Variable[] = [];
  /** The template that is evaluated now: `define` makes others. */
  name: string;
  readonly parsed: ParsedTemplate;
  readonly functions: FunctionTable;
  readonly missingKey: MissingKey;
  readonly #parseName: string;
  #output: string[] = [];
  #node: AnyNode | undefined;
  #steps = 0;
  #depth = 0;
  /** Written, and made on the way. */
  #size = 0;
  #work = 0;

  constructor(options: {
    parsed: ParsedTemplate;
    functions: FunctionTable;
    missingKey: MissingKey;
    name: string;
  }) {
    this.parsed = options.parsed;
    this.functions = options.functions;
    this.missingKey = options.missingKey;
    this.name = options.name;
    this.#parseName = options.name;
  }

  get text(): string {
    return this.#output.join("");
  }

  /** From here on errors are at this node. */
  at(node: AnyNode): void {
    this.#node = node;
  }

  /** Something that is evaluated inside something; leave() ends it. */
  enter(node: AnyNode): void {
    this.#node = node;
    this.step();
    if (++this.#depth > limits.depth) this.fail(`exceeded maximum depth (${limits.depth})`);
  }

  leave(): void {
    this.#depth--;
  }

  step(): void {
    if (++this.#steps > limits.steps) this.fail(`more than ${limits.steps} steps`);
  }

  write(text: string): void {
    this.#count(text.length);
    this.#output.push(text);
  }

  /** Counts a string or list that was made, so that none grows without end. */
  charge(value: GoValue | undefined): GoValue | undefined {
    this.#count(sizeOf(value));
    return value;
  }

  /** Counts what a function is about to read. */
  work(values: readonly (GoValue | undefined)[]): void {
    for (const value of values) this.#work += sizeOf(value);
    if (this.#work > limits.work) this.fail(`more than ${limits.work} characters to work on`);
  }

  #count(size: number): void {
    this.#size += size;
    if (this.#size > limits.output) this.fail(`more than ${limits.output} characters`);
  }

  declare(name: string, value: GoValue | undefined): void {
    this.variables.push({ name, value });
  }

  assign(name: string, value: GoValue | undefined): void {
    this.#find(name).value = value;
  }

  /** The variable that was declared `back` declarations ago, 1 for the last. */
  setTop(back: number, value: GoValue | undefined): void {
    this.variables[this.variables.length - back]!.value = value;
  }

  lookUp(name: string): GoValue | undefined {
    return this.#find(name).value;
  }

  #find(name: string): Variable {
    for (let index = this.variables.length - 1; index >= 0; index--) {
      const variable = this.variables[index]!;
      if (variable.name === name) return variable;
    }
    return this.fail(`undefined variable: ${name}`);
  }

  /** @throws TemplateError in Go's words, with the place */
  fail(message: string, hint?: string): never {
    if (this.#node === undefined) throw new TemplateError(`template: ${this.name}: ${message}`, hint);
    const before = this.parsed.text.slice(0, this.#node.at);
    const lineStart = before.lastIndexOf("\n") + 1;
    const line = before.split("\n").length;
    const place = `${this.#parseName}:${line}:${Buffer.byteLength(before.slice(lineStart))}`;
    throw new TemplateError(
      `template: ${place}: executing ${quote(this.name)} at <${describe(this.#node)}>: ${message}`,
      hint,
    );
  }
}

function sizeOf(value: GoValue | undefined): number {
  if (value?.kind === "string") return stringOf(value).length;
  return value?.kind === "slice" ? itemsOf(value).length : 0;
}
