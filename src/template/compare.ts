/** eq, ne, lt, le, gt, ge: only what is of one kind compares, but integers whatever their sign. */
import { noFlags } from "./format-field.ts";
import { boolResult, CallError, type GoFunction } from "./functions.ts";
import { compareGoStrings } from "./go-string.ts";
import { type GoType, reflectValue } from "./go-type.ts";
import { boolOf, floatOf, type GoValue, insideInterface, integerOf, isNil, stringOf } from "./go-value.ts";
import { formatValue } from "./print.ts";

type Maybe = GoValue | undefined;

export const comparisons: Readonly<Record<string, GoFunction>> = {
  eq: {
    parameters: [reflectValue],
    variadic: reflectValue,
    call: ([first, ...rest]) => boolResult(equals(first, rest)),
  },
  ne: comparison((a, b) => !equals(a, [b])),
  lt: comparison(isLess),
  le: comparison((a, b) => isLess(a, b) || equals(a, [b])),
  gt: comparison((a, b) => !(isLess(a, b) || equals(a, [b]))),
  ge: comparison((a, b) => !isLess(a, b)),
};

function comparison(compare: (a: Maybe, b: Maybe) => boolean): GoFunction {
  return { parameters: [reflectValue, reflectValue], call: ([a, b]) => boolResult(compare(a, b)) };
}

type Basic = "bool" | "integer" | "float" | "string";

function basicKind(value: Maybe): Basic | undefined {
  switch (value?.kind) {
    case "int":
    case "uint":
      return "integer";
    case "bool":
    case "float":
    case "string":
      return value.kind;
    default:
      return undefined;
  }
}

/** Whether the first is one of the others. */
function equals(first: Maybe, others: readonly Maybe[]): boolean {
  if (others.length === 0) throw new CallError("missing argument for comparison");
  const a = insideInterface(first);
  return others.some((other) => isEqual(a, insideInterface(other)));
}

function isEqual(a: Maybe, b: Maybe): boolean {
  const kind = basicKind(a);
  if (kind !== basicKind(b)) {
    if (a === undefined || b === undefined) return false;
    throw new CallError(`incompatible types for comparison: ${a.type.name} and ${b.type.name}`);
  }
  switch (kind) {
    case "bool":
      return boolOf(a!) === boolOf(b!);
    case "integer":
      return integerOf(a!) === integerOf(b!);
    case "float":
      return floatOf(a!) === floatOf(b!);
    case "string":
      return stringOf(a!) === stringOf(b!);
  }
  if (a !== undefined && b !== undefined && a.kind !== b.kind) {
    const [left, right] = [formatValue(a, "s", noFlags()), formatValue(b, "v", noFlags())];
    throw new CallError(`non-comparable types ${left}: ${a.type.name}, ${b.type.name}: ${right}`);
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (!isComparable(b!.type)) {
    throw new CallError(`non-comparable type ${formatValue(b, "s", noFlags())}: ${b!.type.name}`);
  }
  return a!.type.name === b!.type.name && JSON.stringify(a!.data) === JSON.stringify(b!.data);
}

/** Whether Go's == takes values of the type. */
function isComparable({ kind, fields, element }: GoType): boolean {
  if (kind === "struct") return (fields ?? []).every(({ type }) => isComparable(type));
  if (kind === "array") return isComparable(element!);
  return kind !== "map" && kind !== "slice" && kind !== "func";
}

function isLess(first: Maybe, second: Maybe): boolean {
  const [a, b] = [insideInterface(first), insideInterface(second)];
  const [kind, otherKind] = [basicKind(a), basicKind(b)];
  if (kind === undefined || otherKind === undefined) throw new CallError("invalid type for comparison");
  if (kind !== otherKind) {
    throw new CallError(`incompatible types for comparison: ${a!.type.name} and ${b!.type.name}`);
  }
  switch (kind) {
    case "integer":
      return integerOf(a!) < integerOf(b!);
    case "float":
      return floatOf(a!) < floatOf(b!);
    case "string":
      return compareGoStrings(stringOf(a!), stringOf(b!)) < 0;
    default:
      throw new CallError("invalid type for comparison");
  }
}
