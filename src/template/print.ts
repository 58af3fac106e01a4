/** How Go writes any value: fmt's Print family and its verbs. */
import {
  type Flags,
  formatFloating,
  formatHex,
  formatInteger,
  formatQuoted,
  formatText,
  noFlags,
  pad,
} from "./format-field.ts";
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
  stringOf,
} from "./go-value.ts";

type Maybe = GoValue | undefined;

/** print: a space between two values when neither is a string. */
export function sprint(values: readonly Maybe[]): string {
  let text = "";
  let wasString = false;
  for (const [index, value] of values.entries()) {
    const isString = value?.kind === "string";
    if (index > 0 && !isString && !wasString) text += " ";
    text += formatValue(value, "v", noFlags());
    wasString = isString;
  }
  return text;
}

/** println: a space between any two. */
export function sprintln(values: readonly Maybe[]): string {
  return `${values.map((value) => formatValue(value, "v", noFlags())).join(" ")}\n`;
}

/** One value by one verb. */
export function formatValue(value: Maybe, verb: string, flags: Flags): string {
  const inside = insideInterface(value);
  if (inside === undefined) return verb === "T" || verb === "v" ? pad("<nil>", flags) : `%!${verb}(<nil>)`;
  if (verb === "T") return formatText(inside.type.name, flags);
  if (verb === "p") return address(inside, "p", flags) ?? badVerb(inside, verb, flags);
  return write({ flags, verb, depth: 0, isBad: false }, inside);
}

interface State {
  readonly flags: Flags;
  readonly verb: string;
  readonly depth: number;
  /** While the value of a verb that does not fit is shown: without its String(). */
  readonly isBad: boolean;
}

function write(state: State, value: GoValue): string {
  const { flags, verb } = state;
  const own = state.isBad ? undefined : textOf(value, state);
  if (own !== undefined) return formatString(own, verb, flags) ?? badVerb(value, verb, flags);
  switch (value.kind) {
    case "bool":
      return verb === "t" || verb === "v" ? pad(String(boolOf(value)), flags) : badVerb(value, verb, flags);
    case "int":
    case "uint": {
      const integer = integerOf(value);
      const isHex = value.kind === "uint" && flags.sharpV && verb === "v";
      const shown = isHex
        ? formatInteger(integer, "x", { ...flags, sharp: true })
        : formatInteger(integer, verb, flags);
      return shown ?? badVerb(value, verb, flags);
    }
    case "float":
      return (
        formatFloating(floatOf(value), verb, value.type.bits ?? 64, flags) ?? badVerb(value, verb, flags)
      );
    case "string":
      return formatString(stringOf(value), verb, flags) ?? badVerb(value, verb, flags);
    case "map":
      return writeMap(state, value);
    case "struct":
      return writeStruct(state, value);
    case "slice":
    case "array":
      return writeSlice(state, value);
    case "interface": {
      const inside = insideInterface(value);
      if (inside !== undefined) return write({ ...state, depth: state.depth + 1 }, inside);
      return flags.sharpV ? `${value.type.name}(nil)` : "<nil>";
    }
    default:
      return writePointer(state, value);
  }
}

/** The value's own String(), where Go would call it. */
function textOf(value: GoValue, { verb, flags }: State): string | undefined {
  if (flags.sharpV || !"vsxXq".includes(verb)) return undefined;
  if (value.type.text) return value.type.text(value.data);
  if (value.kind !== "pointer" || !value.type.element!.text) return undefined;
  return isNilData(value.data) ? "<nil>" : value.type.element!.text(value.data);
}

function formatString(text: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case "v":
      return flags.sharpV ? formatQuoted(text, flags) : formatText(text, flags);
    case "s":
      return formatText(text, flags);
    case "x":
    case "X":
      return formatHex(text, flags, verb);
    case "q":
      return formatQuoted(text, flags);
    default:
      return undefined;
  }
}

function writeMap(state: State, value: GoValue): string {
  const { sharpV } = state.flags;
  if (sharpV && isNilData(value.data)) return `${value.type.name}(nil)`;
  const deeper = { ...state, depth: state.depth + 1 };
  const entries = mapEntries(value).map(
    ({ key, value: item }) => `${write(deeper, key)}:${write(deeper, item)}`,
  );
  return sharpV ? `${value.type.name}{${entries.join(", ")}}` : `map[${entries.join(" ")}]`;
}

function writeStruct(state: State, value: GoValue): string {
  const { sharpV, plusV } = state.flags;
  const deeper = { ...state, depth: state.depth + 1 };
  const fields = (value.type.fields ?? []).map((field) => {
    const data = field.embedded ? value.data : fieldData(value.data, field.json);
    const shown = write(deeper, new GoValue(field.type, data));
    return sharpV || plusV ? `${field.name}:${shown}` : shown;
  });
  return sharpV ? `${value.type.name}{${fields.join(", ")}}` : `{${fields.join(" ")}}`;
}

function writeSlice(state: State, value: GoValue): string {
  const { sharpV } = state.flags;
  if (sharpV && isNilData(value.data)) return `${value.type.name}(nil)`;
  const deeper = { ...state, depth: state.depth + 1 };
  const items = itemsOf(value).map((_, index) => write(deeper, itemAt(value, index)));
  return sharpV ? `${value.type.name}{${items.join(", ")}}` : `[${items.join(" ")}]`;
}

function writePointer(state: State, value: GoValue): string {
  if (state.depth === 0 && value.kind === "pointer" && !isNilData(value.data)) {
    const element = new GoValue(value.type.element!, value.data);
    if (["array", "slice", "struct", "map"].includes(element.kind)) {
      return `&${write({ ...state, depth: 1 }, element)}`;
    }
  }
  return address(value, state.verb, state.flags) ?? badVerb(value, state.verb, state.flags);
}

/** Go shows where a thing is in memory; nobody can rely on that, and here it is always the same place. */
const somewhere = 0xc000010000n;

function address(value: GoValue, verb: string, flags: Flags): string | undefined {
  if (!["map", "pointer", "slice", "func"].includes(value.kind)) return undefined;
  const isNil = isNilData(value.data);
  const at = isNil ? 0n : somewhere;
  if (verb === "v") {
    if (flags.sharpV) return `(${value.type.name})(${isNil ? "nil" : `0x${at.toString(16)}`})`;
    if (isNil) return pad("<nil>", flags);
  }
  if (verb === "v" || verb === "p") return formatInteger(at, "x", { ...flags, sharp: !flags.sharp });
  return "bodxX".includes(verb) ? formatInteger(at, verb, flags) : undefined;
}

function badVerb(value: GoValue, verb: string, flags: Flags): string {
  const shown = write({ flags, verb: "v", depth: 0, isBad: true }, value);
  return `%!${verb}(${value.type.name}=${shown})`;
}
