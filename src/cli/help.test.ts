import { describe, expect, test } from "bun:test";
import { commands, findCommand } from "./catalogue.ts";
import type { Command } from "./command.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp } from "./help.ts";
import { summaries } from "./sections.ts";

const all = await Promise.all(
  Object.entries(commands).map(async ([name, load]) => [name, (await load()).default as Command] as const),
);

describe.each(all)("kasane %s", (name, command) => {
  test("is listed with its own summary", () => {
    expect(command.name).toBe(name);
    expect(summaries[name]).toBe(command.summary);
  });

  test("has a text for every flag, and no flag twice", () => {
    expect(
      command.flags.filter(({ help, hidden }) => !hidden && help.trim() === "").map(({ name }) => name),
    ).toEqual([]);
    const spellings = command.flags.flatMap(({ name: long, short }) => [long, ...(short ? [short] : [])]);
    expect(spellings).toEqual([...new Set(spellings)]);
  });

  test("has two examples or more, whose flags and arguments there are", async () => {
    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    for (const { call, what } of command.examples) {
      expect(what).not.toBe("");
      const words = wordsOf(call);
      // An example may also show the command that goes with this one.
      const own = words.findIndex((_, index) => findCommand(words.slice(index))?.name === name);
      const start = Math.max(own, 0);
      const found = findCommand(words.slice(start))!;
      const shown: Command = (await commands[found.name]!()).default;
      const given = parseFlags(words.slice(start + found.words), shown.flags, {
        command: found.name,
        ...(shown.stopAtFirstArgument && { stopAtFirstArgument: true }),
      }).arguments;
      expect(given.length).toBeGreaterThanOrEqual(shown.arguments.min);
      expect(given.length).toBeLessThanOrEqual(shown.arguments.max ?? Number.POSITIVE_INFINITY);
    }
  });

  test("shows its usage and its examples", () => {
    expect(commandHelp(command)).toContain(`Usage: kasane ${name}`);
    expect(commandHelp(command)).toContain("Examples:\n  # ");
  });
});

test("kasane --help lists every command once", () => {
  expect(Object.keys(summaries).sort()).toEqual(Object.keys(commands).sort());
});

/** Up to the first shell operator; quotes hold words together. */
function wordsOf(call: string): string[] {
  const words = call.split(/ (?:[|<>]|&&) /)[0]!.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g);
  return [...words].map(([, single, double, plain]) => single ?? double ?? plain!);
}
