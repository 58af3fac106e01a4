/**
 * The command line's entry point. It loads only what the called command needs: what stands between the start of the process and
 * a command's own work is this file, the flag parser and the list of commands.
 */
import { errnoOf, isKasaneError, KasaneError, messageOf } from "../lib/errors.ts";
import { allNames, commands, elsewhere, findCommand, memberNames } from "./catalogue.ts";
import type { Command, CommandContext } from "./command.ts";
import { type Flag, parseFlags } from "./flags.ts";
import { compileLateAtFirst } from "./jit-policy.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import type { ToolName } from "./tools/tool.ts";

export async function main(
  given: readonly string[],
  terminal: Terminal = processTerminal(),
  tool?: ToolName,
): Promise<number> {
  let argv = given;
  try {
    if (tool !== undefined) argv = await (await import("./tools/kasane-words.ts")).kasaneWords(tool, given);
    return await dispatch(argv, terminal);
  } catch (error) {
    const { exitCodeOf, formatError } = await import("./text/error-output.ts");
    terminal.err(formatError(error, findCommand(globalFlags(argv, { isTolerant: true }).words)?.name));
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { words, root } = globalFlags(argv);
  if (words[0] === "__supervise") {
    const { superviseInBackground } = await import("./containers/background.ts");
    return superviseInBackground(words.slice(1));
  }
  if (words[0] === "__complete") return printCompletions(words.slice(1), terminal);
  if (words.length === 0 || words[0] === "--help" || words[0] === "-h" || words[0] === "help") {
    return help(words[0] === "help" ? words.slice(1) : [], terminal);
  }
  if (words[0] === "--version" || words[0] === "-v") return dispatch(["version", "--short"], terminal);
  const found = findCommand(words);
  if (!found && words.slice(1).some((word) => word === "--help" || word === "-h"))
    return help(words, terminal);
  if (!found) throw unknownCommand(words);
  const command = (await commands[found.name]!()).default;
  const rest = words.slice(found.words);
  const end = rest.indexOf("--");
  const own = command.stopAtFirstArgument
    ? rest.slice(0, firstArgument(rest))
    : rest.slice(0, end < 0 ? undefined : end);
  const asksHelp = own.includes("--help") || (own.includes("-h") && !command.flags.some(isShortH));
  if (asksHelp) return help(words, terminal);

  checkCurrentDirectory();
  const flags = parseFlags(rest, command.flags, {
    command: command.name,
    ...(command.stopAtFirstArgument && { stopAtFirstArgument: true }),
  });
  checkArgumentCount(command, flags.arguments.length);
  if (command.needsPrivilege) {
    const { privilege } = await import("../sandbox/privilege.ts");
    try {
      if (privilege() === "none") {
        const pid = await pidToJoin(command, flags, root);
        const { reexecInUserNamespace, reexecInUserNamespaceOf } = await import("../sandbox/mod.ts");
        return await (pid === undefined ? reexecInUserNamespace(argv) : reexecInUserNamespaceOf(pid, argv));
      }
    } catch (error) {
      if (command.needsPrivilege === true || !isKasaneError(error, "sandbox")) throw error;
    }
  }
  return runCommand(command, flags, terminal, root);
}

async function pidToJoin(
  command: Command,
  flags: CommandContext["flags"],
  root: string | undefined,
): Promise<number | undefined> {
  let opened: ReturnType<CommandContext["store"]> | undefined;
  const store = () =>
    (opened ??= openStore(async () => root ?? process.env.KASANE_ROOT ?? rootOfUser(), true));
  try {
    return await command.joins?.(flags, store);
  } finally {
    await (await opened)?.close();
  }
}

/** Where -h is a flag of the command, as run's host name, it is not for help. */
function isShortH({ short }: Flag): boolean {
  return short === "h";
}

/** What shells ask at every tab; what they type may begin with `--root`. */
async function printCompletions(typed: readonly string[], terminal: Terminal): Promise<number> {
  const { complete, formatCompletions, storeNames } = await import("./completion/complete.ts");
  const chosen = /^--root=?/.test(typed[0] ?? "") ? globalFlags(typed).root : undefined;
  const root = chosen ?? process.env.KASANE_ROOT ?? (await rootOfUser());
  terminal.out(formatCompletions(await complete(typed, storeNames(root))));
  return 0;
}

/** Nobody asks twice as fast as this. */
const sameSignalMs = 100;

async function runCommand(
  command: Awaited<ReturnType<(typeof commands)[string]>>["default"],
  flags: CommandContext["flags"],
  terminal: Terminal,
  chosenRoot: string | undefined,
): Promise<number> {
  const abort = new AbortController();
  let firstMs = 0;
  const interrupt = (signal: NodeJS.Signals) => {
    // A signal to a whole process group comes a second time from the run outside the user namespace.
    if (abort.signal.aborted && performance.now() - firstMs < sameSignalMs) return;
    firstMs = performance.now();
    // The second time means now: the store is safe whatever happens.
    if (abort.signal.aborted) process.exit(signal === "SIGINT" ? 130 : 143);
    abort.abort(
      new KasaneError("cancelled", "interrupted", { data: { exitCode: signal === "SIGINT" ? 130 : 143 } }),
    );
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const leaveSignals = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  let opened: ReturnType<CommandContext["store"]> | undefined;
  const { onlyReads } = command;
  const isReader = typeof onlyReads === "function" ? onlyReads(flags) : onlyReads === true;
  const root = async () => chosenRoot ?? process.env.KASANE_ROOT ?? (await rootOfUser());
  try {
    const code = await command.run({
      flags,
      terminal,
      signal: abort.signal,
      leaveSignals,
      env: process.env,
      root,
      store() {
        opened ??= openStore(root, isReader);
        return opened;
      },
    });
    return code ?? 0;
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    leaveSignals();
    await (await opened?.catch(() => undefined))?.close();
  }
}

/** In a directory that was removed, relative names would be looked for where the runtime is installed. */
function checkCurrentDirectory(): void {
  try {
    process.cwd();
  } catch (error) {
    throw new KasaneError(
      "io",
      `the current directory does not exist any more: ${errnoOf(error) ?? messageOf(error)}`,
      {
        hint: "change to another directory first",
        cause: error,
      },
    );
  }
}

const callsByFlag = ["-h", "--help", "-v", "--version"];

/** `--root DIR` stands before the command, as in podman. */
function globalFlags(
  argv: readonly string[],
  { isTolerant = false } = {},
): { words: string[]; root: string | undefined } {
  let root: string | undefined;
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === "--root") {
      root = argv[++index];
      if (!root && !isTolerant)
        throw new KasaneError("usage", "--root needs a directory", { hint: "for example --root ./store" });
    } else if (word.startsWith("--root=")) root = word.slice("--root=".length);
    else if (word.startsWith("-") && !isTolerant && !callsByFlag.includes(word)) {
      throw new KasaneError("usage", `unknown flag: ${word}`, { hint: "see 'kasane --help'" });
    } else break;
  }
  return { words: argv.slice(index), root };
}

async function openStore(
  root: () => Promise<string>,
  isReader: boolean,
): ReturnType<CommandContext["store"]> {
  const { openLocalStore } = await import("../store/open-local-store.ts");
  const path = await root();
  if (!isReader) return openLocalStore(path);
  if (!isWritable(path)) return openLocalStore(path, { readOnly: true });
  try {
    return await openLocalStore(path, { onlyLooks: true });
  } catch (error) {
    // Nothing can be written beside the database, which has to be there to be looked at.
    if (!isKasaneError(error, "no-space")) throw error;
    return openLocalStore(path, { readOnly: true });
  }
}

/** Also true where nothing is yet. */
function isWritable(path: string): boolean {
  const { accessSync, constants } = require("node:fs") as typeof import("node:fs");
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
}

/** Inside the user namespace that dispatch() made, uid 0 is the user who called: the store stays the user's. */
async function rootOfUser(): Promise<string> {
  const [{ defaultRoot }, { outerUser }] = await Promise.all([
    import("../store/default-root.ts"),
    import("../sandbox/outer-user.ts"),
  ]);
  return defaultRoot(process.env, outerUser()?.uid ?? process.getuid?.());
}

function firstArgument(words: readonly string[]): number {
  const index = words.findIndex((word) => !word.startsWith("-"));
  return index < 0 ? words.length : index;
}

function checkArgumentCount(
  command: Pick<Command, "name" | "arguments" | "wrongCallCode">,
  count: number,
): void {
  const { min, max = Number.POSITIVE_INFINITY } = command.arguments;
  if (count >= min && count <= max) return;
  const bound = min === max ? `exactly ${min}` : count < min ? `at least ${min}` : `at most ${max}`;
  const noun = (count < min ? min : max) === 1 ? "argument" : "arguments";
  throw new KasaneError(
    "usage",
    `"kasane ${command.name}" ${max === 0 ? "accepts no arguments" : `requires ${bound} ${noun}`}`,
    { hint: `see 'kasane ${command.name} --help'`, data: { exitCode: command.wrongCallCode ?? 1 } },
  );
}

async function help(words: readonly string[], terminal: Terminal): Promise<number> {
  const { generalHelp, groupHelp, commandHelp } = await import("./help.ts");
  const width = terminal.isOutTty ? terminal.columns() : undefined;
  const found = findCommand(words);
  if (words.length > 0 && !found) {
    const group = groupOf(words);
    if (group === undefined || !(words[group.words] ?? "-").startsWith("-")) throw unknownCommand(words);
    terminal.out(groupHelp(group.name, width));
    return 0;
  }
  terminal.out(found ? commandHelp((await commands[found.name]!()).default, width) : generalHelp(width));
  return 0;
}

/** The longest group that `words` begin with: `buildx imagetools`. */
function groupOf(words: readonly string[]): { name: string; words: number } | undefined {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(" ");
    if (words.length >= count && memberNames(name).length > 0) return { name, words: count };
  }
  return undefined;
}

function unknownCommand(words: readonly string[]): KasaneError {
  const group = groupOf(words);
  const members = group === undefined ? [] : memberNames(group.name);
  if (group !== undefined && words.length === group.words) {
    return new KasaneError("usage", `'kasane ${group.name}' needs a command`, {
      hint: `one of: ${members
        .map((name) => name.slice(group.name.length + 1))
        .sort()
        .join(", ")}`,
      data: { exitCode: 1 },
    });
  }
  const typed = words.slice(0, (group?.words ?? 0) + 1).join(" ");
  const { closest } = require("../lib/near-word.ts") as typeof import("../lib/near-word.ts");
  const help = group === undefined ? "" : `${group.name} `;
  const at = group?.words ?? 0;
  const near = closest(
    words[at]!,
    (group === undefined ? allNames() : members).map((name) => name.split(" ")[at]!),
  );
  return new KasaneError("usage", `'${typed}' is not a kasane command`, {
    hint:
      elsewhere[typed] ??
      (near !== undefined ? `did you mean 'kasane ${help}${near}'?` : `see 'kasane ${help}--help'`),
    data: { exitCode: 1 },
  });
}

/** As they were typed: where one has bytes that are no UTF-8, as names of files may, the runtime has lost them, and the kernel has not. */
function typedArguments(): string[] {
  const given = process.argv.slice(2);
  if (!given.some((argument) => argument.includes("\ufffd"))) return given;
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  const { decodeName } = require("../tar/name-bytes.ts") as typeof import("../tar/name-bytes.ts");
  const typed = decodeName(readFileSync("/proc/self/cmdline")).split("\0").slice(0, -1);
  return typed.slice(typed.length - given.length);
}

/** The name this program was called by, without directories. */
function ownName(): string {
  const name = process.env.KASANE_ARGV0 ?? process.argv0;
  // A program that is started from here has a name of its own.
  delete process.env.KASANE_ARGV0;
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The program that is meant by this name, whose grammar holds from now on. */
async function toolCalled(name: string): Promise<ToolName | undefined> {
  const { setGrammar, toolNames } = await import("./tools/tool.ts");
  const tool = toolNames.find((each) => each === name);
  if (tool !== undefined) setGrammar(tool);
  return tool;
}

/** Under the name `registry`, the words are those of a registry's program: `registry serve config.yml`, or the file alone as its image takes it. */
function calledAs(name: string, argv: string[]): string[] {
  if (name !== "registry") return argv;
  if (/\.ya?ml$/.test(argv[0] ?? "")) return ["serve", ...argv];
  const start = argv[0] === "--root" ? 2 : argv[0]?.startsWith("--root=") ? 1 : 0;
  const isCall = /^(?!-)|^(--help|-h)$/.test(argv[start] ?? "-");
  return isCall ? argv.toSpliced(start, 0, "registry") : argv;
}

if (import.meta.main) {
  if (process.argv[2] === "__sandbox-stage") {
    const { runStage } = await import("../sandbox/stage.ts");
    await runStage();
  } else {
    compileLateAtFirst();
    const name = ownName();
    const tool = name === "kasane" ? undefined : await toolCalled(name);
    process.exit(await main(calledAs(name, typedArguments()), processTerminal(), tool));
  }
}
