import { compareGoStrings } from "./go-string.ts";
import { type GoType, goAny } from "./go-type.ts";

/**
 * A value with its Go type. The data is what JSON would have: absent (undefined or null) is the type's zero value. A Go value that does not
 * exist at all (a missing map entry) is `undefined` instead.
 */
export class GoValue {
  readonly type: GoType;
  readonly data: unknown;

  constructor(type: GoType, data: unknown) {
    this.type = type;
    this.data = data;
  }

  get kind() {
    return this.type.kind;
  }
}

/** Any data as what it is: a GoValue stays, JavaScript values get the type goAny gives them, null and undefined are nothing. */
export function dynamicValue(data: unknown): GoValue | undefined {
  if (data instanceof GoValue) return data;
  const type = goAny.dynamicType!(data);
  return type && new GoValue(type, data);
}

export function isNilData(data: unknown): boolean {
  return data === undefined || data === null;
}

/** What an interface holds; any other value is itself. */
export function insideInterface(value: GoValue | undefined): GoValue | undefined {
  if (value?.kind !== "interface") return value;
  if (value.data instanceof GoValue) return value.data;
  const type = value.type.dynamicType!(value.data);
  return type && new GoValue(type, value.data);
}

/** Through pointers and interfaces; `isNil` when one of them led nowhere, and then `value` is that one. */
export function indirect(value: GoValue | undefined): { value: GoValue | undefined; isNil: boolean } {
  let at = value;
  while (at && (at.kind === "pointer" || at.kind === "interface")) {
    if (isNilData(at.data)) return { value: at, isNil: true };
    at = at.kind === "pointer" ? new GoValue(at.type.element!, at.data) : insideInterface(at);
  }
  return { value: at, isNil: false };
}

/** Whether the value is nothing, or nil of its type. */
export function isNil(value: GoValue | undefined): boolean {
  if (value === undefined) return true;
  return ["interface", "map", "pointer", "slice", "func"].includes(value.kind) && isNilData(value.data);
}

export function stringOf(value: GoValue): string {
  return isNilData(value.data) ? "" : String(value.data);
}

export function boolOf(value: GoValue): boolean {
  return value.data === true;
}

export function floatOf(value: GoValue): number {
  return Number(value.data ?? 0);
}

export function integerOf(value: GoValue): bigint {
  const { data } = value;
  if (typeof data === "bigint") return data;
  const number = Number(data ?? 0);
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
}

export function itemsOf(value: GoValue): readonly unknown[] {
  return Array.isArray(value.data) ? value.data : [];
}

export function itemAt(value: GoValue, index: number): GoValue {
  return new GoValue(value.type.element!, itemsOf(value)[index]);
}

export function mapSize(value: GoValue): number {
  return isNilData(value.data) ? 0 : Object.keys(value.data as object).length;
}

/** Undefined where the map has no such key. */
export function mapEntry(value: GoValue, key: string): GoValue | undefined {
  if (isNilData(value.data) || !Object.hasOwn(value.data as object, key)) return undefined;
  return new GoValue(value.type.element!, (value.data as Record<string, unknown>)[key]);
}

/** In Go's order of keys. */
export function mapEntries(value: GoValue): { key: GoValue; value: GoValue }[] {
  const keyType = value.type.key!;
  const isNumber = keyType.kind !== "string";
  return Object.keys((value.data ?? {}) as object)
    .sort(isNumber ? (a, b) => Number(a) - Number(b) : compareGoStrings)
    .map((key) => ({
      key: new GoValue(keyType, isNumber ? Number(key) : key),
      value: mapEntry(value, key)!,
    }));
}

/** Data of a struct's field. */
export function fieldData(data: unknown, json: string): unknown {
  return isNilData(data) || !Object.hasOwn(data as object, json)
    ? undefined
    : (data as Record<string, unknown>)[json];
}

/** What `if` takes for true: not the zero of its type; structs always. */
export function isTrue(value: GoValue | undefined): boolean {
  const inside = insideInterface(value);
  if (inside === undefined) return false;
  switch (inside.kind) {
    case "bool":
      return boolOf(inside);
    case "int":
    case "uint":
      return integerOf(inside) !== 0n;
    case "float":
      return floatOf(inside) !== 0;
    case "string":
      return stringOf(inside) !== "";
    case "slice":
    case "array":
      return itemsOf(inside).length > 0;
    case "map":
      return mapSize(inside) > 0;
    case "struct":
      return true;
    default:
      return !isNilData(inside.data);
  }
}
