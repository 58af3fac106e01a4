import { existsSync } from "node:fs";
import { join } from "node:path";
import { aliases, allNames, commands, findCommand } from "../catalogue.ts";
import type { Command } from "../command.ts";
import type { Flag } from "../flags.ts";
import { summaries } from "../sections.ts";

/** What a word may become. */
export interface Completion {
  readonly value: string;
  readonly what?: string;
}

/** The words that fit, and whether names of files do as well. */
export interface Completions {
  readonly words: readonly Completion[];
  readonly files?: "files" | "directories";
}

/** What completion looks up when an argument asks for it. */
export interface CompletionWorld {
  images(): Promise<readonly string[]>;
  containers(): Promise<readonly string[]>;
  networks(): Promise<readonly string[]>;
  volumes(): Promise<readonly string[]>;
}

const none: Completions = { words: [] };

/**
 * What the last of `typed` may become, out of the catalogue and the flags and usage of commands: what a shell's completion script asks for
 * at every tab. The words are those behind `kasane`; the last one is unfinished and may be empty.
 */
export async function complete(typed: readonly string[], world: CompletionWorld): Promise<Completions> {
  const words = withoutGlobalFlags(typed);
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  if (before[0] === "help") return commandWords(before.slice(1), last);
  const found = findCommand(before);
  if (!found) return last.startsWith("-") ? globalFlags() : commandWords(before, last);
  const command = (await commands[found.name]!()).default;
  const given = before.slice(found.words);
  const end = given.indexOf("--");
  const open = end < 0 ? valueExpected(given, command.flags) : undefined;
  if (open) return valuesOf(open);
  const position = countArguments(given, command.flags);
  // Behind the name of an image or container, the words are those of the program that runs in it.
  if (command.stopAtFirstArgument && position > 0) return { words: [], files: "files" };
  if (last.startsWith("-") && end < 0) return { words: flagWords(command.flags) };
  return argumentsOf(command, position, world);
}

/** `--root DIR` stands before the command. */
function withoutGlobalFlags(typed: readonly string[]): readonly string[] {
  if (typed[0] === "--root" && typed.length > 2) return typed.slice(2);
  return typed[0]?.startsWith("--root=") && typed.length > 1 ? typed.slice(1) : typed;
}

function globalFlags(): Completions {
  return {
    words: [
      { value: "--root", what: "Where images are kept" },
      { value: "--help", what: "Help for kasane or for a command" },
      { value: "--version", what: "The version" },
    ],
  };
}

/** The next word of every command that begins with `before`. */
function commandWords(before: readonly string[], last: string): Completions {
  const start = before.map((word) => `${word} `).join("");
  const next = new Map<string, Completion>();
  const names = before.length === 0 ? [...allNames(), "help"] : allNames();
  for (const name of names) {
    if (!name.startsWith(start)) continue;
    const [value = "", ...rest] = name.slice(start.length).split(" ");
    if (!value.startsWith(last)) continue;
    const what = rest.length > 0 ? undefined : summaries[aliases[name] ?? name];
    if (!next.has(value) || what !== undefined) next.set(value, { value, ...(what && { what }) });
  }
  return { words: [...next.values()] };
}

function flagWords(flags: readonly Flag[]): Completion[] {
  const shown = flags.filter((flag) => !flag.hidden);
  return [...shown, { name: "help", help: "Help for this command" }].map(({ name, help }) => ({
    value: `--${name}`,
    what: help,
  }));
}

/** The flag whose value the last word is to be. */
function valueExpected(given: readonly string[], flags: readonly Flag[]): Flag | undefined {
  const word = given.at(-1) ?? "";
  const flag = flags.find(
    ({ name, short }) => word === `--${name}` || (short && new RegExp(`^-[A-Za-z]*${short}$`).test(word)),
  );
  return flag && flag.type !== "boolean" ? flag : undefined;
}

const platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/s390x"];
const values: Readonly<Record<string, readonly string[]>> = {
  platform: [...platforms, "linux/riscv64"],
  format: ["json", "table"],
  progress: ["auto", "plain", "tty", "quiet"],
  pull: ["always", "missing", "never"],
  type: ["image", "container", "network", "volume"],
};

function valuesOf({ name, value = "" }: Flag): Completions {
  if (/DIR/.test(value)) return { words: [], files: "directories" };
  if (/FILE|PATH|ARCHIVE/.test(value) || name === "file") return { words: [], files: "files" };
  return { words: (values[name] ?? []).map((each) => ({ value: each })) };
}

function countArguments(given: readonly string[], flags: readonly Flag[]): number {
  return given.filter(
    (word, index) => !word.startsWith("-") && valueExpected(given.slice(0, index), flags) === undefined,
  ).length;
}

/** By what the usage says: `[OPTIONS] IMAGE [IMAGE...]` has images. */
async function argumentsOf(command: Command, position: number, world: CompletionWorld): Promise<Completions> {
  const { usage, arguments: counts } = command;
  if (position >= (counts.max ?? Number.POSITIVE_INFINITY)) return none;
  const choice = /^[a-z]+(\|[a-z]+)+/.exec(usage.replace("[OPTIONS] ", ""))?.[0];
  if (choice && position === 0) return { words: choice.split("|").map((value) => ({ value })) };
  const words: Completion[] = [];
  if (/IMAGE|LIST|NAME(\[:TAG|\|ID)|REPOSITORY/.test(usage)) {
    for (const value of await world.images()) words.push({ value });
  }
  if (/CONTAINER|NAME\|ID/.test(usage)) {
    for (const value of await world.containers()) words.push({ value });
  }
  if (/NETWORK/.test(usage)) for (const value of await world.networks()) words.push({ value });
  if (/VOLUME/.test(usage)) for (const value of await world.volumes()) words.push({ value });
  if (/DIRECTORY|CONTEXT/i.test(usage)) return { words, files: "directories" };
  return /PATH|FILE|ARCHIVE|CONFIG|rootfs/i.test(usage) ? { words, files: "files" } : { words };
}

/** The names in a store that is there; none is made for this. */
export function storeNames(root: string): CompletionWorld {
  const open = async () => {
    if (!existsSync(join(root, "meta.db"))) return undefined;
    const { openLocalStore } = await import("../../store/mod.ts");
    return openLocalStore(root, { readOnly: true });
  };
  return {
    async images() {
      const store = await open();
      if (!store) return [];
      try {
        const { familiarReference, parseReference } = await import("../../oci/mod.ts");
        const records = await store.meta.images.list();
        return records.flatMap(({ names }) => names.map((name) => familiarReference(parseReference(name))));
      } finally {
        await store.close();
      }
    },
    async containers() {
      const store = await open();
      if (!store) return [];
      try {
        return (await store.meta.containers.list()).map(({ name }) => name);
      } finally {
        await store.close();
      }
    },
    async networks() {
      const { listNetworks } = await import("../../container/mod.ts");
      return listNetworks({ root }).map(({ name }) => name);
    },
    async volumes() {
      const { listVolumes } = await import("../../store/mod.ts");
      return listVolumes(root).map(({ name }) => name);
    },
  };
}

/** One a line with what it is behind a tab; `:files` and `:directories` let the shell add names of its own. */
export function formatCompletions({ words, files }: Completions): string {
  const lines = words.map(({ value, what }) => (what === undefined ? value : `${value}\t${what}`));
  if (files) lines.push(`:${files}`);
  return lines.map((line) => `${line.replaceAll("\n", " ")}\n`).join("");
}
