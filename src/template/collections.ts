/** index, slice and len. */
import { CallError, type GoFunction, intResult } from "./functions.ts";
import { byteLength, sliceBytes, toBytes } from "./go-string.ts";
import { type GoType, goUint8, isAssignable, reflectValue } from "./go-type.ts";
import {
  GoValue,
  indirect,
  insideInterface,
  integerOf,
  isNilData,
  itemAt,
  itemsOf,
  mapEntry,
  mapSize,
  stringOf,
} from "./go-value.ts";

type Maybe = GoValue | undefined;

export const collections: Readonly<Record<string, GoFunction>> = {
  index: {
    parameters: [reflectValue],
    variadic: reflectValue,
    call: ([item, ...indexes]) => indexed(item, indexes),
  },
  slice: {
    parameters: [reflectValue],
    variadic: reflectValue,
    call: ([item, ...indexes]) => sliced(item, indexes),
  },
  len: { parameters: [reflectValue], call: ([item]) => intResult(lengthOf(item)) },
};

function indexed(item: Maybe, indexes: readonly Maybe[]): Maybe {
  let at = insideInterface(item);
  if (at === undefined) throw new CallError("index of untyped nil");
  for (const each of indexes) {
    const { value, isNil } = indirect(at);
    if (isNil || value === undefined) throw new CallError("index of nil pointer");
    const index = insideInterface(each);
    switch (value.kind) {
      case "slice":
      case "array":
        at = itemAt(value, position(index, itemsOf(value).length, "index"));
        break;
      case "string": {
        const bytes = toBytes(stringOf(value));
        at = new GoValue(goUint8, bytes[position(index, bytes.length, "index")]);
        break;
      }
      case "map": {
        const key = keyFor(index, value.type.key!);
        at = mapEntry(value, key) ?? new GoValue(value.type.element!, undefined);
        break;
      }
      default:
        throw new CallError(`can't index item of type ${value.type.name}`);
    }
  }
  return at;
}

function keyFor(index: Maybe, type: GoType): string {
  if (index === undefined) throw new CallError(`value is nil; should be of type ${type.name}`);
  const isInteger = (kind: string) => kind === "int" || kind === "uint";
  if (!isAssignable(index.type, type) && !(isInteger(index.kind) && isInteger(type.kind))) {
    throw new CallError(`value has type ${index.type.name}; should be ${type.name}`);
  }
  return index.kind === "string" ? stringOf(index) : String(integerOf(index));
}

/** As an index (below `size`), or as the end of a slice (up to it). */
function position(index: Maybe, size: number, use: "index" | "end"): number {
  if (index === undefined) throw new CallError("cannot index slice/array with nil");
  if (index.kind !== "int" && index.kind !== "uint") {
    throw new CallError(`cannot index slice/array with type ${index.type.name}`);
  }
  const at = integerOf(index);
  if (at < 0n || at > BigInt(size)) throw new CallError(`index out of range: ${at}`);
  // Go itself panics there, in the words of its reflection.
  if (use === "index" && at === BigInt(size)) throw new CallError("reflect: slice index out of range");
  return Number(at);
}

function sliced(item: Maybe, indexes: readonly Maybe[]): Maybe {
  const first = insideInterface(item);
  if (first === undefined) throw new CallError("slice of untyped nil");
  const { value, isNil } = indirect(first);
  if (isNil || value === undefined) throw new CallError("slice of nil pointer");
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`);
  if (value.kind === "string" && indexes.length === 3) throw new CallError("cannot 3-index slice a string");
  if (value.kind !== "string" && value.kind !== "slice" && value.kind !== "array") {
    throw new CallError(`can't slice item of type ${value.type.name}`);
  }
  const size = lengthOf(value);
  const [from = 0, to = size, end = size] = indexes.map((index) => position(index, size, "end"));
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  if (to > end) throw new CallError(`invalid slice index: ${to} > ${end}`);
  if (value.kind === "string") return new GoValue(value.type, sliceBytes(stringOf(value), from, to));
  return new GoValue(value.type, isNilData(value.data) ? undefined : itemsOf(value).slice(from, to));
}

function lengthOf(item: Maybe): number {
  const { value, isNil } = indirect(item);
  if (isNil) throw new CallError("len of nil pointer");
  switch (value?.kind) {
    case "slice":
    case "array":
      return itemsOf(value).length;
    case "map":
      return mapSize(value);
    case "string":
      return byteLength(stringOf(value));
    default:
      // Go panics where there is nothing, in the words of its reflection.
      throw new CallError(
        value === undefined
          ? "reflect: call of reflect.Value.Type on zero Value"
          : `len of type ${value.type.name}`,
      );
  }
}
