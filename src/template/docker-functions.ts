/** The functions docker adds: json, split, join, title, lower, upper, pad, truncate. */
import { CallError, type GoFunction, stringResult } from "./functions.ts";
import { byteLength, compareGoStrings, sliceBytes } from "./go-string.ts";
import { goAny, goInt, goString, slice } from "./go-type.ts";
import { GoValue, insideInterface, integerOf, itemAt, itemsOf, mapEntries, stringOf } from "./go-value.ts";
import { toJson } from "./json.ts";
import { limits } from "./limits.ts";
import { sprint } from "./print.ts";

type Maybe = GoValue | undefined;

export const dockerFunctions: Readonly<Record<string, GoFunction>> = {
  json: { parameters: [goAny], call: ([value]) => stringResult(toJson(value)) },
  split: {
    parameters: [goString, goString],
    call: ([text, mark]) => split(stringOf(text!), stringOf(mark!)),
  },
  join: {
    parameters: [goAny, goString],
    call: ([items, mark]) => stringResult(join(items, stringOf(mark!))),
  },
  title: onText(title),
  lower: onText((text) => eachRune(text, (rune) => rune.toLowerCase())),
  upper: onText((text) => eachRune(text, (rune) => rune.toUpperCase())),
  pad: {
    parameters: [goString, goInt, goInt],
    call: ([text, before, after]) => stringResult(pad(stringOf(text!), before!, after!)),
  },
  truncate: {
    parameters: [goString, goInt],
    call: ([text, length]) => stringResult(truncate(stringOf(text!), Number(integerOf(length!)))),
  },
};

/** For the header of a table: what would change its words leaves them alone. */
export const headerFunctions: Readonly<Record<string, GoFunction>> = {
  json: onText((text) => text),
  split: unchanged(goString),
  join: unchanged(goString),
  title: onText((text) => text),
  lower: onText((text) => text),
  upper: onText((text) => text),
  truncate: unchanged(goInt),
};

function onText(change: (text: string) => string): GoFunction {
  return { parameters: [goString], call: ([text]) => stringResult(change(stringOf(text!))) };
}

/** One character becomes one character in Go. */
function eachRune(text: string, change: (rune: string) => string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return change(text);
  return [...text].map((rune) => ([...change(rune)].length === 1 ? change(rune) : rune)).join("");
}

/** The letter after anything but letters, digits and underscores; beyond ASCII only spaces part words. */
function title(text: string): string {
  return text.replaceAll(/(^|[\x00-\x2f:-@[-^`{-\x7f]|\s)(\p{Ll})/gu, (_, before: string, letter: string) => {
    return before + eachRune(letter, (rune) => rune.toUpperCase());
  });
}

function unchanged(second: GoFunction["parameters"][number]): GoFunction {
  return { parameters: [goString, second], call: ([text]) => text };
}

function split(text: string, mark: string): GoValue {
  return new GoValue(slice(goString), mark === "" ? [...text] : text.split(mark));
}

function join(items: Maybe, mark: string): string {
  const list = insideInterface(items);
  if (list === undefined) return "";
  if (list.kind === "slice" || list.kind === "array") {
    return itemsOf(list)
      .map((_, index) => sprint([itemAt(list, index)]))
      .join(mark);
  }
  if (list.kind !== "map") throw new CallError(`expected slice, got ${list.type.name}`);
  return mapEntries(list)
    .map(({ value }) => sprint([value]))
    .sort(compareGoStrings)
    .join(mark);
}

function pad(text: string, before: GoValue, after: GoValue): string {
  if (text === "") return text;
  const [left, right] = [Number(integerOf(before)), Number(integerOf(after))];
  if (left < 0 || right < 0) throw new CallError("strings: negative Repeat count");
  if (left + right > limits.output) throw new CallError(`more than ${limits.output} spaces`);
  return " ".repeat(left) + text + " ".repeat(right);
}

function truncate(text: string, length: number): string {
  if (byteLength(text) < length) return text;
  if (length < 0) throw new CallError(`runtime error: slice bounds out of range [:${length}]`);
  return sliceBytes(text, 0, length);
}
