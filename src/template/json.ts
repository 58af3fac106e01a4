/** JSON as Go writes it: structs in their order, maps by key, without spaces and without escapes for HTML. */
import { compareGoStrings } from "./go-string.ts";
import type { StructField } from "./go-type.ts";
import {
  boolOf,
  fieldData,
  floatOf,
  GoValue,
  insideInterface,
  integerOf,
  isNilData,
  itemAt,
  itemsOf,
  mapEntries,
  mapSize,
  stringOf,
} from "./go-value.ts";

export function toJson(value: GoValue | undefined): string {
  const inside = insideInterface(value);
  if (inside === undefined) return "null";
  const { type, data } = inside;
  if (type.json) return type.json(data);
  switch (inside.kind) {
    case "bool":
      return String(boolOf(inside));
    case "int":
    case "uint":
      return String(integerOf(inside));
    case "float":
      return JSON.stringify(floatOf(inside));
    case "string":
      return jsonString(stringOf(inside));
    case "pointer":
      return isNilData(data) ? "null" : toJson(new GoValue(type.element!, data));
    case "slice":
    case "array":
      if (isNilData(data)) return "null";
      return `[${itemsOf(inside)
        .map((_, index) => toJson(itemAt(inside, index)))
        .join(",")}]`;
    case "map":
      return isNilData(data) ? "null" : `{${mapMembers(inside).join(",")}}`;
    case "struct":
      return `{${structMembers(inside).join(",")}}`;
    default:
      return "null";
  }
}

function mapMembers(value: GoValue): string[] {
  return mapEntries(value)
    .map(({ key, value: item }) => ({ name: key.kind === "string" ? stringOf(key) : String(key.data), item }))
    .sort((a, b) => compareGoStrings(a.name, b.name))
    .map(({ name, item }) => `${jsonString(name)}:${toJson(item)}`);
}

function structMembers(value: GoValue): string[] {
  return (value.type.fields ?? []).flatMap((field) => {
    const data = field.embedded ? value.data : fieldData(value.data, field.json);
    const item = new GoValue(field.type, data);
    if (field.embedded)
      return structMembers(item.kind === "pointer" ? new GoValue(field.type.element!, data) : item);
    if (field.omitEmpty && isEmpty(field, item)) return [];
    return [`${jsonString(field.json)}:${toJson(item)}`];
  });
}

/** What `omitempty` leaves out: never a struct. */
function isEmpty({ type }: StructField, value: GoValue): boolean {
  switch (type.kind) {
    case "bool":
      return !boolOf(value);
    case "int":
    case "uint":
      return integerOf(value) === 0n;
    case "float":
      return floatOf(value) === 0;
    case "string":
      return stringOf(value) === "";
    case "slice":
    case "array":
      return itemsOf(value).length === 0;
    case "map":
      return mapSize(value) === 0;
    case "struct":
      return false;
    default:
      return isNilData(value.data);
  }
}

function jsonString(text: string): string {
  return JSON.stringify(text)
    .replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, "\\ufffd")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
