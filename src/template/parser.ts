import { didYouMean } from "../lib/mod.ts";
import { describeToken, Lexer, type Token, type TokenKind } from "./lexer.ts";
import { limits, TemplateError } from "./limits.ts";
import {
  type BranchNode,
  type CommandNode,
  describe,
  type ListNode,
  type Node,
  type Operand,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from "./nodes.ts";
import { parseNumber } from "./number.ts";
import { quote, unquote } from "./quote.ts";

/** What ends a list of nodes. */
type End = { readonly kind: "end"; readonly at: number } | { readonly kind: "else"; readonly at: number };

export interface ParsedTemplate {
  readonly text: string;
  /** By name, the template itself included. */
  readonly trees: ReadonlyMap<string, ListNode>;
}

/**
 * Reads a template's text.
 * @throws TemplateError with Go's text: `template: :1: function "x" not defined`
 */
export function parseTemplate(
  text: string,
  options: { name: string; functions: ReadonlyMap<string, unknown> },
): ParsedTemplate {
  if (text.length > limits.templateSize) {
    throw new TemplateError(`template: ${options.name}: longer than ${limits.templateSize} characters`);
  }
  const parser = new Parser(text, options);
  parser.parse();
  return { text, trees: parser.trees };
}

const operandKinds: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "bool",
  "character",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "raw-string",
  "string",
  "variable",
  "left-paren",
]);

/** One method for each rule of the grammar; each takes its tokens and leaves the next one untouched. */
class Parser {
  readonly trees = new Map<string, ListNode>();
  readonly #text: string;
  readonly #lexer: Lexer;
  readonly #name: string;
  readonly #functions: ReadonlyMap<string, unknown>;
  /** Tokens that were looked at and not taken, the next one last. */
  readonly #ahead: Token[] = [];
  /** Where the token was that was read last: errors name its line. */
  #lastAt = 0;
  #variables = ["$"];
  #actionAt: number | undefined;
  #rangeDepth = 0;
  #depth = 0;

  constructor(text: string, { name, functions }: { name: string; functions: ReadonlyMap<string, unknown> }) {
    this.#text = text;
    this.#lexer = new Lexer(text);
    this.#name = name;
    this.#functions = functions;
  }

  parse(): void {
    const root: ListNode = { kind: "list", at: this.#peek().at, nodes: [] };
    while (this.#peek().kind !== "eof") {
      if (this.#peek().kind === "left-delimiter") {
        const delimiter = this.#next();
        const word = this.#nextNonSpace();
        if (word.kind === "define") {
          this.#definition();
          continue;
        }
        this.#back(word);
        this.#back(delimiter);
      }
      const node = this.#textOrAction();
      if (node.kind === "end" || node.kind === "else") this.#fail(`unexpected {{${node.kind}}}`);
      else root.nodes.push(node);
    }
    this.#add(this.#name, root);
  }

  #next(): Token {
    return this.#ahead.pop() ?? this.#read();
  }

  #read(): Token {
    const token = this.#lexer.next();
    this.#lastAt = token.at;
    return token;
  }

  #back(token: Token): void {
    this.#ahead.push(token);
  }

  #peek(): Token {
    const token = this.#next();
    this.#back(token);
    return token;
  }

  #nextNonSpace(): Token {
    for (;;) {
      const token = this.#next();
      if (token.kind !== "space") return token;
    }
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace();
    this.#back(token);
    return token;
  }

  #lineAt(at: number): number {
    let line = 1;
    for (
      let next = this.#text.indexOf("\n");
      next >= 0 && next < at;
      next = this.#text.indexOf("\n", next + 1)
    )
      line++;
    return line;
  }

  #fail(message: string, hint?: string): never {
    throw new TemplateError(`template: ${this.#name}:${this.#lineAt(this.#lastAt)}: ${message}`, hint);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind !== "error") this.#fail(`unexpected ${describeToken(token)} in ${context}`);
    let extra = "";
    if (this.#actionAt !== undefined && this.#lineAt(this.#actionAt) !== this.#lineAt(token.at)) {
      const started = ` started at ${this.#name}:${this.#lineAt(this.#actionAt)}`;
      extra = token.text.endsWith(" action") ? started : ` in action${started}`;
    }
    this.#fail(token.text + extra);
  }

  #expect(kind: TokenKind, context: string): Token {
    const token = this.#nextNonSpace();
    if (token.kind !== kind) this.#unexpected(token, context);
    return token;
  }

  /** Guards this program's stack. */
  #deeper<T>(work: () => T): T {
    if (++this.#depth > limits.nesting) this.#fail("max expression depth exceeded");
    const result = work();
    this.#depth--;
    return result;
  }

  #add(name: string, root: ListNode): void {
    const present = this.trees.get(name);
    if (present === undefined || isEmpty(present)) this.trees.set(name, root);
    else if (!isEmpty(root)) this.#fail(`template: multiple definition of template ${quote(name)}`);
  }

  #definition(): void {
    const name = this.#templateName("define clause");
    this.#expect("right-delimiter", "define clause");
    this.#body(name, "define clause");
  }

  /** Of `define` and `block`: a template of its own, with variables of its own. */
  #body(name: string, context: string): void {
    const outer = { variables: this.#variables, rangeDepth: this.#rangeDepth };
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    const { list, end } = this.#deeper(() => this.#itemList());
    if (end.kind !== "end") this.#fail(`unexpected {{${end.kind}}} in ${context}`);
    this.#add(name, list);
    this.#variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
  }

  #templateName(context: string): string {
    const token = this.#nextNonSpace();
    if (token.kind !== "string" && token.kind !== "raw-string") this.#unexpected(token, context);
    return unquote(token.text) ?? this.#fail("invalid syntax");
  }

  #itemList(): { list: ListNode; end: End } {
    const list: ListNode = { kind: "list", at: this.#peekNonSpace().at, nodes: [] };
    while (this.#peekNonSpace().kind !== "eof") {
      const node = this.#textOrAction();
      if (node.kind === "end" || node.kind === "else") return { list, end: node };
      list.nodes.push(node);
    }
    this.#fail("unexpected EOF");
  }

  #textOrAction(): Node | End {
    const token = this.#nextNonSpace();
    if (token.kind === "text") return { kind: "text", at: token.at, text: token.text };
    if (token.kind !== "left-delimiter") this.#unexpected(token, "input");
    this.#actionAt = token.at;
    const node = this.#deeper(() => this.#action());
    this.#actionAt = undefined;
    return node;
  }

  #action(): Node | End {
    const token = this.#nextNonSpace();
    switch (token.kind) {
      case "if":
      case "with":
      case "range":
        return this.#branch(token.kind);
      case "block":
        return this.#block();
      case "template":
        return this.#templateCall();
      case "break":
      case "continue": {
        const after = this.#nextNonSpace();
        if (after.kind !== "right-delimiter") this.#unexpected(after, `{{${token.kind}}}`);
        if (this.#rangeDepth === 0) this.#fail(`{{${token.kind}}} outside {{range}}`);
        return { kind: token.kind, at: token.at };
      }
      case "end":
        return { kind: "end", at: this.#expect("right-delimiter", "end").at };
      case "else": {
        const after = this.#peekNonSpace();
        // What follows in `else if` is left to the branch.
        if (after.kind === "if" || after.kind === "with") return { kind: "else", at: after.at };
        return { kind: "else", at: this.#expect("right-delimiter", "else").at };
      }
    }
    this.#back(token);
    return { kind: "action", at: token.at, pipe: this.#pipeline("command", "right-delimiter") };
  }

  #branch(kind: BranchNode["kind"]): BranchNode {
    const variables = this.#variables.length;
    const pipe = this.#pipeline(kind, "right-delimiter");
    if (kind === "range") this.#rangeDepth++;
    const { list, end } = this.#itemList();
    if (kind === "range") this.#rangeDepth--;
    let elseList: ListNode | undefined;
    if (end.kind === "else") {
      const word = this.#peek().kind;
      if (word === kind && (word === "if" || word === "with")) {
        this.#next();
        elseList = { kind: "list", at: end.at, nodes: [this.#deeper(() => this.#branch(word))] };
      } else {
        const rest = this.#itemList();
        if (rest.end.kind !== "end") this.#fail(`expected end; found {{${rest.end.kind}}}`);
        elseList = rest.list;
      }
    }
    this.#variables.length = variables;
    return { kind, at: pipe.at, pipe, list, elseList };
  }

  #block(): TemplateNode {
    const { at } = this.#peekNonSpace();
    const name = this.#templateName("block clause");
    const pipe = this.#pipeline("block clause", "right-delimiter");
    this.#body(name, "block clause");
    return { kind: "template", at, name, pipe };
  }

  #templateCall(): TemplateNode {
    const { at } = this.#peekNonSpace();
    const name = this.#templateName("template clause");
    const token = this.#nextNonSpace();
    if (token.kind === "right-delimiter") return { kind: "template", at, name, pipe: undefined };
    this.#back(token);
    return { kind: "template", at, name, pipe: this.#pipeline("template clause", "right-delimiter") };
  }

  #pipeline(context: string, end: TokenKind): PipeNode {
    const { at } = this.#peekNonSpace();
    const { declared, isAssign } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#nextNonSpace();
      if (token.kind === end) break;
      if (!operandKinds.has(token.kind)) this.#unexpected(token, context);
      this.#back(token);
      commands.push(this.#command());
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    for (const [index, { args }] of commands.entries()) {
      // Only the first can be something that takes no argument.
      if (index > 0 && ["bool", "dot", "nil", "number", "string"].includes(args[0]!.kind)) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
    return { kind: "pipe", at, declared, isAssign, commands };
  }

  #declarations(context: string): { declared: VariableNode[]; isAssign: boolean } {
    const declared: VariableNode[] = [];
    for (;;) {
      const variable = this.#peekNonSpace();
      if (variable.kind !== "variable") return { declared, isAssign: false };
      this.#next();
      const after = this.#next();
      const next = after.kind === "space" ? this.#nextNonSpace() : after;
      if (next.kind === "assign" || next.kind === "declare") {
        declared.push(this.#declare(variable));
        return { declared, isAssign: next.kind === "assign" };
      }
      if (next.kind !== "char" || next.text !== ",") {
        this.#back(next);
        if (after !== next) this.#back(after);
        this.#back(variable);
        return { declared, isAssign: false };
      }
      declared.push(this.#declare(variable));
      if (context !== "range" || declared.length >= 2) this.#fail(`too many declarations in ${context}`);
      if (!["variable", "right-delimiter", "right-paren"].includes(this.#peekNonSpace().kind)) {
        this.#fail("range can only initialize variables");
      }
    }
  }

  #declare({ at, text }: Token): VariableNode {
    this.#variables.push(text);
    return { kind: "variable", at, names: text.split(".") };
  }

  #command(): CommandNode {
    const { at } = this.#peekNonSpace();
    const args: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#next();
      if (token.kind === "space") continue;
      if (token.kind === "right-delimiter" || token.kind === "right-paren") this.#back(token);
      else if (token.kind !== "pipe") this.#unexpected(token, "operand");
      break;
    }
    if (args.length === 0) this.#fail("empty command");
    return { kind: "command", at, args };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (node === undefined || this.#peek().kind !== "field") return node;
    const { at } = this.#peek();
    const fields: string[] = [];
    while (this.#peek().kind === "field") fields.push(this.#next().text.slice(1));
    switch (node.kind) {
      case "field":
      case "variable":
        return { ...node, at, names: [...node.names, ...fields] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#fail(`unexpected . after term ${quote(describe(node))}`);
      default:
        return { kind: "chain", at, node, fields };
    }
  }

  #term(): Operand | undefined {
    const token = this.#nextNonSpace();
    const { at, text } = token;
    switch (token.kind) {
      case "identifier":
        if (!this.#functions.has(text)) {
          this.#fail(`function ${quote(text)} not defined`, didYouMean(text, this.#functions.keys()));
        }
        return { kind: "identifier", at, name: text };
      case "dot":
      case "nil":
        return { kind: token.kind, at };
      case "variable": {
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quote(text)}`);
        return { kind: "variable", at, names: [text] };
      }
      case "field":
        return { kind: "field", at, names: [text.slice(1)] };
      case "bool":
        return { kind: "bool", at, value: text === "true" };
      case "character":
      case "complex":
      case "number":
        return this.#numberOf(token);
      case "left-paren":
        return this.#deeper(() => this.#pipeline("parenthesized pipeline", "right-paren"));
      case "string":
      case "raw-string":
        return { kind: "string", at, quoted: text, text: unquote(text) ?? this.#fail("invalid syntax") };
    }
    this.#back(token);
    return undefined;
  }

  #numberOf({ kind, text, at }: Token): Operand {
    if (kind === "complex") return this.#fail("complex numbers are not supported");
    try {
      return parseNumber(text, at);
    } catch (error) {
      return this.#fail((error as Error).message);
    }
  }
}

/** Nothing but white space and definitions. */
function isEmpty(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
