/** A type as Go knows it. Its name is what error texts and `%T` show; its kind is what the language does with it. */
export interface GoType {
  readonly kind: Kind;
  /** As Go spells it: `[]string`, `map[string]interface {}`, `*container.Config`. */
  readonly name: string;
  /** Of `int`, `uint` and `float`. */
  readonly bits?: 8 | 16 | 32 | 64;
  /** Of slices, arrays, maps and pointers. */
  readonly element?: GoType;
  /** Of maps. */
  readonly key?: GoType;
  /** Of structs, in the order Go declares them. */
  readonly fields?: readonly StructField[];
  readonly methods?: Readonly<Record<string, Method>>;
  /** Go's `String()`: how the value prints wherever Go looks for that method. */
  readonly text?: (data: unknown) => string;
  /** Its JSON; absent where that follows from the kind. */
  readonly json?: (data: unknown) => string;
  /** Of interfaces: the type of what is inside, undefined for nil. */
  readonly dynamicType?: (data: unknown) => GoType | undefined;
}

export type Kind =
  | "bool"
  | "int"
  | "uint"
  | "float"
  | "string"
  | "slice"
  | "array"
  | "map"
  | "struct"
  | "pointer"
  | "interface"
  | "func";

export interface StructField {
  readonly name: string;
  /** The property of the data that has it. */
  readonly json: string;
  readonly type: GoType;
  /** Not in JSON while it is empty. */
  readonly omitEmpty?: boolean;
  /** Its own fields are fields of the struct as well, and its data is the struct's. */
  readonly embedded?: boolean;
}

/** A method of a type, without those that Go templates cannot call. `call` gets and gives data of the types that are named. */
export interface Method {
  readonly parameters: readonly GoType[];
  readonly result: GoType;
  call(data: unknown, ...args: unknown[]): unknown;
}

function basic(kind: Kind, name: string, bits?: 8 | 16 | 32 | 64): GoType {
  return bits === undefined ? { kind, name } : { kind, name, bits };
}

export const goString = basic("string", "string");
export const goBool = basic("bool", "bool");
export const goInt = basic("int", "int", 64);
export const goInt32 = basic("int", "int32", 32);
export const goInt64 = basic("int", "int64", 64);
export const goUint8 = basic("uint", "uint8", 8);
export const goUint16 = basic("uint", "uint16", 16);
export const goUint32 = basic("uint", "uint32", 32);
export const goUint64 = basic("uint", "uint64", 64);
export const goFloat32 = basic("float", "float32", 32);
export const goFloat64 = basic("float", "float64", 64);

/** What JavaScript values are when nobody says more: whole numbers are ints, others float64. */
export const goAny: GoType = {
  kind: "interface",
  name: "interface {}",
  dynamicType: (data) => typeOfData(data, plain),
};
/** A parameter that takes any value, also one that does not exist. */
export const reflectValue: GoType = { kind: "struct", name: "reflect.Value" };

/** encoding/json's Number: the digits as they stood. */
export const goJsonNumber: GoType = {
  kind: "string",
  name: "json.Number",
  text: (data) => String(data ?? ""),
  json: (data) => (data === "" || data === undefined ? "0" : String(data)),
};

/** What JSON decodes to when Go keeps its numbers as they stood: docker's second try at `inspect --format`. */
export const goRawJson: GoType = {
  kind: "interface",
  name: "interface {}",
  dynamicType: (data) => typeOfData(data, raw),
};

interface Dynamic {
  readonly slice: GoType;
  readonly map: GoType;
  number(value: number): GoType;
}

const plain: Dynamic = {
  slice: slice(goAny),
  map: map(goString, goAny),
  number: (value) => (Number.isSafeInteger(value) ? goInt : goFloat64),
};
const raw: Dynamic = { slice: slice(goRawJson), map: map(goString, goRawJson), number: () => goJsonNumber };

function typeOfData(data: unknown, dynamic: Dynamic): GoType | undefined {
  switch (typeof data) {
    case "string":
      return goString;
    case "boolean":
      return goBool;
    case "number":
      return dynamic.number(data);
    case "bigint":
      return goInt64;
    case "object":
      if (data === null) return undefined;
      return Array.isArray(data) ? dynamic.slice : dynamic.map;
    default:
      return undefined;
  }
}

export function slice(element: GoType): GoType {
  return { kind: "slice", name: `[]${element.name}`, element };
}

export function map(key: GoType, element: GoType): GoType {
  return { kind: "map", name: `map[${key.name}]${element.name}`, key, element };
}

export function pointer(element: GoType): GoType {
  return { kind: "pointer", name: `*${element.name}`, element };
}

/** A type of another name, and what it has beside: `named("nat.Port", goString)`. */
export function named(
  name: string,
  type: GoType,
  more: Pick<GoType, "methods" | "text" | "json"> = {},
): GoType {
  return { ...type, ...more, name };
}

/** A field whose JSON name is another, or that is left out while it is empty. */
export interface FieldOptions {
  readonly type: GoType;
  readonly json?: string;
  readonly omitEmpty?: boolean;
  readonly embedded?: boolean;
}

/**
 * A struct. Its data is the object that JSON has, with everything that is absent zero:
 *
 *   const config = struct("container.Config", { Hostname: goString, Env: slice(goString), Healthcheck: { type: pointer(healthConfig), omitEmpty: true } });
 */
export function struct(
  name: string,
  fields: Readonly<Record<string, GoType | FieldOptions>>,
  more: Pick<GoType, "methods" | "text" | "json"> = {},
): GoType {
  const list = Object.entries(fields).map(([fieldName, field]): StructField => {
    if ("kind" in field) return { name: fieldName, json: fieldName, type: field };
    return { name: fieldName, ...field, json: field.json ?? fieldName };
  });
  return { kind: "struct", name, fields: list, ...more };
}

/** A field of a struct or of what it embeds, the nearest first. */
export function findField(type: GoType, name: string): readonly StructField[] | undefined {
  let level: readonly (readonly [GoType, readonly StructField[]])[] = [[type, []]];
  for (let depth = 0; level.length > 0 && depth < 8; depth++) {
    const next: [GoType, readonly StructField[]][] = [];
    for (const [each, path] of level) {
      for (const field of each.fields ?? []) {
        if (field.name === name) return [...path, field];
        const inner = field.type.kind === "pointer" ? field.type.element! : field.type;
        if (field.embedded) next.push([inner, [...path, field]]);
      }
    }
    level = next;
  }
  return undefined;
}

/** What a template may ask of a value: fields and methods, for hints. */
export function memberNames(type: GoType): string[] {
  if (type.kind === "pointer") return memberNames(type.element!);
  const embedded = (type.fields ?? []).filter((field) => field.embedded);
  return [
    ...(type.fields ?? []).map(({ name }) => name),
    ...Object.keys(type.methods ?? {}),
    ...embedded.flatMap((field) => memberNames(field.type)),
  ];
}

/** Whether Go takes a value of one type where the other is declared. */
export function isAssignable(from: GoType, to: GoType): boolean {
  return to.kind === "interface" || from.name === to.name;
}
