/**
 * Which English sentences an expression can be. Literals, templates, conditions, constants, tables, functions that return text, and
 * parameters that callers fill are followed; the rest is a hole.
 */
import type {
  CallExpression,
  Expression,
  FunctionLikeDeclaration,
  NewExpression,
  Node,
} from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { type ParsedFile, walk } from "./parse-source.ts";

/** A literal part, what comes from outside (`{}` in the catalogue), or what is a text of the program itself (`{*}`). */
export type Part = string | { readonly hole: "data" | "text" };
export type Sentence = readonly Part[];

/** A sentence with the place it stands at. */
export interface SourceText {
  readonly pattern: string;
  readonly place: string;
}

const data: Sentence = [{ hole: "data" }];
const text: Sentence = [{ hole: "text" }];
/** More forms than this of one template are told apart by a hole. */
const mostForms = 24;
/** Properties that hold texts of the program wherever they stand. */
const textProperties = new Set(["message", "reason", "why", "hint", "what", "action"]);

type Call = CallExpression | NewExpression;

export class TextFlow {
  readonly #fileOf = new Map<Node, ParsedFile>();
  readonly #functions = new Map<string, FunctionLikeDeclaration[]>();
  readonly #calls = new Map<string, Call[]>();
  readonly #constants = new Map<string, Expression[]>();
  readonly #parameterTexts = new Map<Node, boolean>();
  readonly #returned = new Map<Node, readonly Sentence[]>();
  readonly found: SourceText[] = [];

  constructor(files: readonly ParsedFile[]) {
    for (const file of files) {
      this.#fileOf.set(file.tree, file);
      for (const node of walk(file.tree)) this.#index(node);
    }
  }

  #index(node: Node): void {
    if (is.isCallExpression(node) || is.isNewExpression(node))
      push(this.#calls, lastName(node.expression), node);
    else if (is.isFunctionLikeDeclaration(node)) push(this.#functions, functionName(node), node);
    else if (is.isVariableDeclaration(node) && node.initializer && is.isIdentifier(node.name))
      push(this.#constants, node.name.text, node.initializer);
  }

  callsOf(name: string): readonly Call[] {
    return this.#calls.get(name) ?? [];
  }

  place(node: Node): string {
    const file = this.fileOf(node);
    const line = file.tree.text.slice(0, node.pos + leading(file.tree.text, node.pos)).split("\n").length;
    return `${file.path}:${line}`;
  }

  /** What `expression` can be, where that is known to be one of a few texts. */
  formsOf(expression: Expression): string[] {
    return this.#sentences(expression).map(patternOf);
  }

  /** As it is written. */
  textOf(node: Node): string {
    return this.fileOf(node).tree.text.slice(node.pos, node.end).trim();
  }

  fileOf(node: Node): ParsedFile {
    let top = node;
    while (top.parent) top = top.parent;
    return this.#fileOf.get(top)!;
  }

  /** Records what `expression` can be as sentences of the program. */
  collect(expression: Expression): void {
    for (const sentence of this.#sentences(expression)) this.#record(sentence, expression);
  }

  /** The keys of an object that stands there. */
  collectKeys(expression: Expression): void {
    const object = unwrap(expression);
    if (!is.isObjectLiteralExpression(object)) return;
    for (const property of object.properties) {
      if (!is.isPropertyAssignment(property)) continue;
      const name = is.isStringLiteral(property.name) ? property.name.text : lastName(property.name);
      this.found.push({ pattern: name, place: this.place(property) });
    }
  }

  #record(sentence: Sentence, node: Node): void {
    const pattern = patternOf(sentence);
    if (isWorded(sentence)) this.found.push({ pattern, place: this.place(node) });
  }

  #sentences(node: Expression): readonly Sentence[] {
    if (is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node)) return [[node.text]];
    if (is.isTemplateExpression(node)) {
      const parts: (readonly Sentence[])[] = [[[node.head.text]]];
      for (const span of node.templateSpans) parts.push(this.#inside(span.expression), [[span.literal.text]]);
      return product(parts);
    }
    if (is.isBinaryExpression(node)) {
      const operator = this.fileOf(node)
        .tree.text.slice(node.operatorToken.pos, node.operatorToken.end)
        .trim();
      if (operator === "+") return product([this.#inside(node.left), this.#inside(node.right)]);
      if (operator === "??" || operator === "||")
        return [...this.#sentences(node.left), ...this.#sentences(node.right)];
      if (operator === "&&") return this.#sentences(node.right);
      return [data];
    }
    if (is.isConditionalExpression(node))
      return [...this.#sentences(node.whenTrue), ...this.#sentences(node.whenFalse)];
    if (
      is.isParenthesizedExpression(node) ||
      is.isAsExpression(node) ||
      is.isNonNullExpression(node) ||
      is.isAwaitExpression(node)
    )
      return this.#sentences(node.expression);
    if (is.isIdentifier(node)) return this.#named(node.text, node);
    if (is.isElementAccessExpression(node)) return this.#table(node.expression);
    if (is.isCallExpression(node)) return this.#called(node);
    if (is.isPropertyAccessExpression(node))
      return textProperties.has(lastName(node).replace("#", "")) ? [text] : [data];
    return [data];
  }

  /** As a part of a longer sentence: forms that are many, or that callers choose, are a hole with texts of their own. */
  #inside(node: Expression): readonly Sentence[] {
    const forms = this.#sentences(node);
    if (is.isStringLiteral(node) || is.isConditionalExpression(unwrap(node)) || is.isTemplateExpression(node))
      return forms;
    if (!forms.some(isWorded))
      return forms.some((form) => patternOf(form) === "{*}")
        ? [text]
        : forms.length === 1 && isShort(forms[0]!)
          ? forms
          : [data];
    if (is.isIdentifier(node) && forms.length <= 4) return forms;
    for (const form of forms) this.#record(form, node);
    return [text];
  }

  #named(name: string, from: Node): readonly Sentence[] {
    if (name === "undefined") return [[""]];
    for (let scope = from.parent; scope; scope = scope.parent) {
      if (is.isFunctionLikeDeclaration(scope)) {
        const index = scope.parameters.findIndex(
          (parameter) => is.isIdentifier(parameter.name) && parameter.name.text === name,
        );
        if (index >= 0) return this.#parameter(scope, index);
        if (scope.parameters.some((parameter) => parameter.name && binds(parameter.name, name)))
          return textProperties.has(name) ? [text] : [data];
      }
      if (is.isCatchClause(scope) && scope.variableDeclaration && binds(scope.variableDeclaration.name, name))
        return [data];
      if (!is.isBlock(scope) && !is.isSourceFile(scope)) continue;
      for (const statement of scope.statements) {
        if (!is.isVariableStatement(statement)) continue;
        for (const declaration of statement.declarationList.declarations) {
          if (!binds(declaration.name, name)) continue;
          if (!is.isIdentifier(declaration.name)) return textProperties.has(name) ? [text] : [data];
          return declaration.initializer
            ? this.#sentences(declaration.initializer)
            : textProperties.has(name)
              ? [text]
              : [data];
        }
      }
    }
    const constants = this.#constants.get(name) ?? [];
    return constants.length === 1 ? this.#sentences(constants[0]!) : [data];
  }

  /** Callers decide: their texts are recorded where they stand, and here is a hole for them. */
  #parameter(declaration: FunctionLikeDeclaration, index: number): readonly Sentence[] {
    const parameter = declaration.parameters[index]!;
    if (!this.#parameterTexts.has(parameter)) {
      this.#parameterTexts.set(parameter, false);
      let isText = false;
      const take = (value: Expression) => {
        for (const form of this.#sentences(value)) {
          if (isWorded(form) || patternOf(form) === "{*}") isText = true;
          this.#record(form, value);
        }
      };
      if (parameter.initializer) take(parameter.initializer);
      for (const call of this.#callersOf(declaration)) {
        const argument = call.arguments?.[index];
        if (argument) take(argument);
      }
      this.#parameterTexts.set(
        parameter,
        isText || (is.isIdentifier(parameter.name) && textProperties.has(parameter.name.text)),
      );
    }
    return this.#parameterTexts.get(parameter) ? [text] : [data];
  }

  #callersOf(declaration: FunctionLikeDeclaration): Call[] {
    const name = functionName(declaration);
    // Whoever is handed a function without a name calls it by one that does not lead here.
    if (name === "") return [];
    const file = this.fileOf(declaration);
    const isShared = isExported(declaration) || is.isConstructorDeclaration(declaration);
    return this.callsOf(name).filter((call) => {
      const other = this.fileOf(call);
      if (other === file) return true;
      if (is.isMethodDeclaration(declaration))
        return makesError(declaration) && is.isPropertyAccessExpression(call.expression);
      return (
        isShared &&
        other.tree.text.includes(name) &&
        (is.isIdentifier(call.expression) || is.isNewExpression(call))
      );
    });
  }

  #called(call: CallExpression): readonly Sentence[] {
    const name = lastName(call.expression);
    if (name === "messageOf" || name === "join" || name === "reasonOf")
      return name === "join" ? [data] : [text];
    if (is.isPropertyAccessExpression(call.expression)) {
      if (/^(replaceAll|replace|trim|trimEnd|slice|toString|split)$/.test(name)) return [data];
    }
    if (/^(usage|visible|say|String|stringify)$/.test(name)) return [data];
    const file = this.fileOf(call);
    const candidates = (this.#functions.get(name) ?? []).filter(
      (each) => this.fileOf(each) === file || isExported(each),
    );
    const own = candidates.filter((each) => this.fileOf(each) === file);
    const declarations = own.length > 0 ? own : candidates;
    if (declarations.length !== 1) return [data];
    return this.#returnedBy(declarations[0]!);
  }

  #returnedBy(declaration: FunctionLikeDeclaration): readonly Sentence[] {
    const known = this.#returned.get(declaration);
    if (known) return known;
    this.#returned.set(declaration, [data]);
    const sentences: Sentence[] = [];
    const body = declaration.body;
    if (body && !is.isBlock(body)) sentences.push(...this.#sentences(body as Expression));
    else if (body) {
      for (const node of walkOwn(body)) {
        if (is.isReturnStatement(node) && node.expression)
          sentences.push(...this.#sentences(node.expression));
      }
    }
    const result = sentences.length === 0 ? [data] : sentences;
    this.#returned.set(declaration, result);
    return result;
  }

  #table(table: Expression): readonly Sentence[] {
    const name = lastName(table);
    const initializer =
      (this.#constants.get(name) ?? []).find((each) => this.fileOf(each) === this.fileOf(table)) ??
      this.#constants.get(name)?.[0];
    const literal = initializer && unwrap(initializer);
    if (!literal || !is.isObjectLiteralExpression(literal)) return [data];
    const values: Sentence[] = [];
    for (const property of literal.properties) {
      if (is.isPropertyAssignment(property) && property.initializer)
        values.push(...this.#sentences(property.initializer));
    }
    return values.length > 0 ? values : [data];
  }
}

/** Like walk(), without what stands in functions inside. */
function* walkOwn(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
    return undefined;
  });
  for (const child of children) if (!is.isFunctionLikeDeclaration(child)) yield* walkOwn(child);
}

function unwrap(node: Expression): Expression {
  if (is.isParenthesizedExpression(node) || is.isAsExpression(node) || is.isSatisfiesExpression(node))
    return unwrap(node.expression);
  if (is.isCallExpression(node) && lastName(node.expression) === "freeze" && node.arguments[0])
    return unwrap(node.arguments[0]);
  return node;
}

export function lastName(node: Node): string {
  if (is.isIdentifier(node) || is.isPrivateIdentifier(node)) return node.text;
  if (is.isPropertyAccessExpression(node)) return lastName(node.name);
  if (is.isNonNullExpression(node)) return lastName(node.expression);
  return "";
}

function functionName(node: Node): string {
  if (is.isConstructorDeclaration(node)) return (node.parent as { name?: { text: string } }).name?.text ?? "";
  const own = (node as { name?: Node }).name;
  if (own) return lastName(own);
  const { parent } = node;
  if (
    parent &&
    (is.isVariableDeclaration(parent) || is.isPropertyAssignment(parent) || is.isPropertyDeclaration(parent))
  )
    return lastName(parent.name);
  return "";
}

function isExported(node: Node): boolean {
  let statement: Node = node;
  while (statement.parent && !is.isSourceFile(statement.parent)) statement = statement.parent;
  if (node !== statement && !is.isVariableStatement(statement)) return false;
  const modifiers = (statement as { modifiers?: readonly Node[] }).modifiers ?? [];
  const source = statement.parent as { text?: string };
  return modifiers.some((each) => source.text?.slice(0, each.end).endsWith("export"));
}

/** A method that other classes call for the error it returns. */
function makesError(method: Node): boolean {
  for (const node of walk(method)) {
    if (!is.isReturnStatement(node) || !node.expression || !is.isNewExpression(node.expression)) continue;
    if (lastName(node.expression.expression) === "KasaneError") return true;
  }
  return false;
}

function binds(pattern: Node, name: string): boolean {
  if (is.isIdentifier(pattern)) return pattern.text === name;
  for (const node of walk(pattern))
    if (is.isBindingElement(node) && node.name && is.isIdentifier(node.name) && node.name.text === name)
      return true;
  return false;
}

function leading(source: string, from: number): number {
  return /^\s*/.exec(source.slice(from, from + 400))![0].length;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function product(parts: readonly (readonly Sentence[])[]): readonly Sentence[] {
  let sentences: Sentence[] = [[]];
  for (const forms of parts) {
    const next = sentences.flatMap((before) => forms.map((form) => joined(before, form)));
    sentences =
      next.length <= mostForms
        ? next
        : sentences.map((before) => joined(before, forms.some(isWorded) ? text : data));
  }
  return sentences;
}

function joined(before: Sentence, after: Sentence): Sentence {
  const parts: Part[] = [...before];
  for (const part of after) {
    const last = parts.at(-1);
    if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
    else if (part !== "") parts.push(part);
  }
  return parts;
}

/** True when there is a word in it that a translation would change. */
function isWorded(sentence: Sentence): boolean {
  return sentence.some((part) => typeof part === "string" && /\p{L}{2,}/u.test(part));
}

function isShort(sentence: Sentence): boolean {
  return sentence.every((part) => typeof part === "string");
}

function patternOf(sentence: Sentence): string {
  return sentence
    .map((part) => (typeof part === "string" ? part : part.hole === "data" ? "{}" : "{*}"))
    .join("");
}
