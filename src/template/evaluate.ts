/** Pipelines, commands and operands: what stands between the braces, as values. */
import { didYouMean } from "../lib/mod.ts";
import { CallError, type GoFunction } from "./functions.ts";
import {
  findField,
  type GoType,
  goBool,
  goFloat64,
  goInt,
  goString,
  isAssignable,
  type Method,
  memberNames,
  reflectValue,
} from "./go-type.ts";
import { fieldData, GoValue, indirect, insideInterface, isNilData, isTrue, mapEntry } from "./go-value.ts";
import { type CommandNode, describe, type NumberNode, type Operand, type PipeNode } from "./nodes.ts";
import type { Run } from "./run.ts";

type Maybe = GoValue | undefined;

/** What comes through a pipe as the last argument; of a command that begins a pipeline there is none. */
type Final = { readonly value: Maybe } | undefined;

/** Zeroth is the function or field itself. */
type Args = readonly Operand[];

export function evalPipeline(run: Run, dot: Maybe, pipe: PipeNode | undefined): Maybe {
  if (pipe === undefined) return undefined;
  run.enter(pipe);
  let final: Final;
  for (const command of pipe.commands) {
    final = { value: insideInterface(evalCommand(run, dot, command, final)) };
  }
  run.leave();
  const value = final?.value;
  for (const { names } of pipe.declared) {
    if (pipe.isAssign) run.assign(names[0]!, value);
    else run.declare(names[0]!, value);
  }
  return value;
}

function evalCommand(run: Run, dot: Maybe, { args, at }: CommandNode, final: Final): Maybe {
  const first = args[0]!;
  switch (first.kind) {
    case "field":
      run.at(first);
      return evalFields(run, { dot, receiver: dot, node: first, names: first.names, args, final });
    case "chain":
      return evalChain(run, dot, first, args, final);
    case "identifier":
      return evalFunction(run, dot, first, { kind: "command", at, args }, args, final);
    case "pipe":
      refuseArguments(run, args, final);
      return evalPipeline(run, dot, first);
    case "variable":
      return evalVariable(run, dot, first, args, final);
  }
  run.at(first);
  refuseArguments(run, args, final);
  if (first.kind === "nil") run.fail("nil is not a command");
  return literal(run, dot, first);
}

function refuseArguments(run: Run, args: Args, final: Final): void {
  if (args.length > 1 || final) run.fail(`can't give argument to non-function ${describe(args[0]!)}`);
}

function literal(run: Run, dot: Maybe, node: Operand): Maybe {
  switch (node.kind) {
    case "bool":
      return new GoValue(goBool, node.value);
    case "dot":
      return dot;
    case "number":
      return constant(run, node);
    case "string":
      return new GoValue(goString, node.text);
    default:
      return run.fail(`can't evaluate command ${JSON.stringify(describe(node))}`);
  }
}

/** A number whose type nothing but its spelling says. */
function constant(run: Run, node: NumberNode): GoValue {
  run.at(node);
  const isFloat =
    /[.eEpP]/.test(node.text) && !/^[+-]?0[xX](?!.*[pP])/.test(node.text) && !node.text.startsWith("'");
  if (node.float !== undefined && isFloat) return new GoValue(goFloat64, node.float);
  if (node.int === undefined) run.fail(`${node.text} overflows int`);
  return new GoValue(goInt, narrow(node.int!));
}

function narrow(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

function evalVariable(
  run: Run,
  dot: Maybe,
  node: Operand & { kind: "variable" },
  args: Args,
  final: Final,
): Maybe {
  run.at(node);
  const receiver = run.lookUp(node.names[0]!);
  if (node.names.length > 1) {
    return evalFields(run, { dot, receiver, node, names: node.names.slice(1), args, final });
  }
  refuseArguments(run, args, final);
  return receiver;
}

function evalChain(run: Run, dot: Maybe, node: Operand & { kind: "chain" }, args: Args, final: Final): Maybe {
  run.at(node);
  if (node.node.kind === "nil") run.fail(`indirection through explicit nil in ${describe(node)}`);
  const receiver = evalArgument(run, dot, undefined, node.node);
  return evalFields(run, { dot, receiver, node, names: node.fields, args, final });
}

interface FieldsCall {
  readonly dot: Maybe;
  readonly receiver: Maybe;
  readonly node: Operand;
  readonly names: readonly string[];
  readonly args: Args;
  readonly final: Final;
}

/** `.A.B.C args`: only the last of them can be a method that takes the arguments. */
function evalFields(run: Run, { dot, receiver, node, names, args, final }: FieldsCall): Maybe {
  let at = receiver;
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    at = evalField(run, {
      dot,
      receiver: at,
      node,
      name,
      args: isLast ? args : [],
      final: isLast ? final : undefined,
    });
  }
  return at;
}

function evalField(
  run: Run,
  asked: { dot: Maybe; receiver: Maybe; node: Operand; name: string; args: Args; final: Final },
): Maybe {
  const { dot, receiver, node, name, args, final } = asked;
  if (receiver === undefined) {
    if (run.missingKey === "error") run.fail(`nil data; no entry for key ${JSON.stringify(name)}`);
    return undefined;
  }
  const { type } = receiver;
  const { value, isNil } = indirect(receiver);
  if (value === undefined || (value.kind === "interface" && isNil)) {
    run.fail(`nil pointer evaluating ${type.name}.${name}`);
  }
  const method = methodOf(value.type, name);
  if (method) return evalCall(run, dot, methodCall(method, value), node, name, args, final);
  const hasArguments = args.length > 1 || final !== undefined;
  if (value.kind === "struct") {
    const path = findField(value.type, name);
    if (path) {
      if (hasArguments) run.fail(`${name} has arguments but cannot be invoked as function`);
      return path.reduce(
        (at, field) => new GoValue(field.type, field.embedded ? at.data : fieldData(at.data, field.json)),
        value,
      );
    }
  }
  if (value.kind === "map" && isAssignable(goString, value.type.key!)) {
    if (hasArguments) run.fail(`${name} is not a method but has arguments`);
    const entry = mapEntry(value, name);
    if (entry === undefined && run.missingKey === "error") {
      run.fail(
        `map has no entry for key ${JSON.stringify(name)}`,
        didYouMean(name, Object.keys(value.data ?? {})),
      );
    }
    return entry;
  }
  if (value.kind === "pointer" && isNil) {
    const element = value.type.element!;
    if (element.kind !== "struct" || findField(element, name))
      run.fail(`nil pointer evaluating ${type.name}.${name}`);
  }
  return run.fail(`can't evaluate field ${name} in type ${type.name}`, didYouMean(name, memberNames(type)));
}

function methodOf(type: GoType, name: string): Method | undefined {
  const own = type.methods && Object.hasOwn(type.methods, name) ? type.methods[name] : undefined;
  if (own) return own;
  if (type.kind === "pointer") return methodOf(type.element!, name);
  for (const field of type.fields ?? []) {
    const inner = field.embedded ? methodOf(field.type, name) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

function methodCall({ parameters, result, call }: Method, receiver: GoValue): GoFunction {
  return {
    parameters,
    call: (args) =>
      insideInterface(new GoValue(result, call(receiver.data, ...args.map((arg) => arg?.data)))),
  };
}

function evalFunction(
  run: Run,
  dot: Maybe,
  node: Operand & { kind: "identifier" },
  command: CommandNode | Operand,
  args: Args,
  final: Final,
): Maybe {
  run.at(node);
  const { name } = node;
  const found = run.functions.get(name);
  if (found === undefined) return run.fail(`${JSON.stringify(name)} is not a defined function`);
  return evalCall(run, dot, found, command, name, args, final);
}

function evalCall(
  run: Run,
  dot: Maybe,
  { parameters, variadic, call }: GoFunction,
  node: CommandNode | Operand,
  name: string,
  allArgs: Args,
  final: Final,
): Maybe {
  const args = allArgs.slice(1);
  const count = args.length + (final ? 1 : 0);
  const fixed = parameters.length;
  if (variadic) {
    if (count < fixed)
      run.fail(`wrong number of args for ${name}: want at least ${fixed} got ${args.length}`);
  } else if (count !== fixed) {
    run.fail(`wrong number of args for ${name}: want ${fixed} got ${count}`);
  }
  if (name === "and" || name === "or") return shortCircuit(run, dot, name, args, final);
  const typeAt = (index: number) => parameters[index] ?? variadic!;
  const values = args.map((arg, index) => evalArgument(run, dot, typeAt(index), arg));
  if (final) values.push(validate(run, final.value, typeAt(args.length)));
  const passed = values.map((value, index) =>
    typeAt(index).kind === "interface" ? insideInterface(value) : value,
  );
  run.work(passed);
  try {
    return run.charge(call(passed));
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    run.at(node);
    const callee =
      name === "call" && args[0]
        ? error.message.replace("non-function of", `non-function ${describe(args[0])} of`)
        : error.message;
    return run.fail(`error calling ${name}: ${callee}`);
  }
}

function shortCircuit(run: Run, dot: Maybe, name: "and" | "or", args: Args, final: Final): Maybe {
  let value: Maybe;
  for (const arg of args) {
    value = evalArgument(run, dot, reflectValue, arg);
    if (isTrue(value) === (name === "or")) return value;
  }
  return final ? final.value : value;
}

/** An argument for a parameter of that type; of any type where none is given. */
function evalArgument(run: Run, dot: Maybe, type: GoType | undefined, node: Operand): Maybe {
  run.at(node);
  switch (node.kind) {
    case "dot":
      return validate(run, dot, type);
    case "nil":
      if (type === undefined || !canBeNil(type)) run.fail(`cannot assign nil to ${type?.name ?? "nil"}`);
      return zero(type!);
    case "field":
      return validate(
        run,
        evalFields(run, { dot, receiver: dot, node, names: node.names, args: [node], final: undefined }),
        type,
      );
    case "variable":
      return validate(run, evalVariable(run, dot, node, [], undefined), type);
    case "pipe":
      return validate(run, evalPipeline(run, dot, node), type);
    case "identifier":
      return validate(run, evalFunction(run, dot, node, node, [], undefined), type);
    case "chain":
      return validate(run, evalChain(run, dot, node, [], undefined), type);
  }
  return constantFor(run, dot, type, node);
}

/** A literal takes the type of its parameter. */
function constantFor(run: Run, dot: Maybe, type: GoType | undefined, node: Operand): Maybe {
  run.at(node);
  if (type === undefined || type.kind === "interface" || type === reflectValue)
    return literal(run, dot, node);
  switch (type.kind) {
    case "bool":
      if (node.kind === "bool") return new GoValue(type, node.value);
      return run.fail(`expected bool; found ${describe(node)}`);
    case "string":
      if (node.kind === "string") return new GoValue(type, node.text);
      return run.fail(`expected string; found ${describe(node)}`);
    case "int":
      if (node.kind === "number" && node.int !== undefined) return new GoValue(type, narrow(node.int));
      return run.fail(`expected integer; found ${describe(node)}`);
    case "uint":
      if (node.kind === "number" && node.uint !== undefined) return new GoValue(type, narrow(node.uint));
      return run.fail(`expected unsigned integer; found ${describe(node)}`);
    case "float":
      if (node.kind === "number" && node.float !== undefined) return new GoValue(type, node.float);
      return run.fail(`expected float; found ${describe(node)}`);
    default:
      return run.fail(`can't handle ${describe(node)} for arg of type ${type.name}`);
  }
}

function canBeNil({ kind, name }: GoType): boolean {
  return ["func", "interface", "map", "pointer", "slice"].includes(kind) || name === reflectValue.name;
}

function zero(type: GoType): Maybe {
  return type === reflectValue ? undefined : new GoValue(type, undefined);
}

function validate(run: Run, value: Maybe, type: GoType | undefined): Maybe {
  if (value === undefined) {
    if (type === undefined) return undefined;
    if (!canBeNil(type)) run.fail(`invalid value; expected ${type.name}`);
    return zero(type);
  }
  if (type === undefined || type === reflectValue || isAssignable(value.type, type)) return value;
  const inside = value.kind === "interface" ? (insideInterface(value) ?? value) : value;
  if (isAssignable(inside.type, type)) return inside;
  if (inside.kind === "pointer" && isAssignable(inside.type.element!, type)) {
    if (isNilData(inside.data)) run.fail(`dereference of nil pointer of type ${type.name}`);
    return new GoValue(type, inside.data);
  }
  return run.fail(`wrong type for value; expected ${type.name}; got ${inside.type.name}`);
}
