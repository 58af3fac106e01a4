import { closest, KasaneError } from "../../lib/mod.ts";
import type { Tool, ToolName } from "./tool.ts";

/**
 * A command line of another program as Kasane's: its words become the command that does the same here; flags before them mean nothing, or
 * the same.
 * @throws KasaneError `unsupported` for a command that Kasane has not, `usage` for one that the program has not either
 */
export async function kasaneWords(name: ToolName, argv: readonly string[]): Promise<string[]> {
  const tool = await load(name);
  const { root, moved, words } = globalFlags(tool, argv);
  const before = root === undefined ? [] : ["--root", root];
  const [first] = words;
  if (first === undefined || /^(help|--help|-h|--version|-v)$/.test(first))
    return [...before, ...helped(tool, words)];
  for (const count of [3, 2, 1]) {
    const command = words.length < count ? undefined : tool.commands[words.slice(0, count).join(" ")];
    if (command !== undefined) return [...before, ...command.split(" "), ...moved, ...words.slice(count)];
  }
  // A group without a command, or its help: Kasane has the same groups.
  const isGroup = Object.keys(tool.commands).some((known) => known.startsWith(`${first} `));
  if (isGroup && /^(--help|-h|)$/.test(words[1] ?? "")) return [...before, ...words];
  for (const count of [2, 1]) {
    const typed = words.slice(0, count).join(" ");
    if (words.length < count || !tool.missing.includes(typed)) continue;
    throw new KasaneError("unsupported", `'${name} ${typed}' is not in Kasane yet`, {
      hint: `what there is: ${Object.keys(tool.commands).sort().join(", ")}`,
      data: { exitCode: name === "podman" || name === "buildah" ? 125 : 1 },
    });
  }
  throw unknown(tool, words);
}

/** Only the one that is asked for is loaded. */
async function load(name: ToolName): Promise<Tool> {
  switch (name) {
    case "docker":
      return (await import("./docker.ts")).default;
    case "podman":
      return (await import("./podman.ts")).default;
    case "buildah":
      return (await import("./buildah.ts")).default;
    case "skopeo":
      return (await import("./skopeo.ts")).default;
  }
}

/** `help run` and `--help` are of Kasane's own commands. */
function helped(tool: Tool, words: readonly string[]): string[] {
  const [first, ...rest] = words;
  if (first !== "help") return [...words];
  const command = tool.commands[rest.join(" ")];
  return ["help", ...(command?.split(" ") ?? rest)];
}

function globalFlags(
  tool: Tool,
  argv: readonly string[],
): { root: string | undefined; moved: string[]; words: string[] } {
  let root: string | undefined;
  const moved: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index]!;
    if (!word.startsWith("-") || /^(--help|-h|--version|-v)$/.test(word)) break;
    const equals = word.indexOf("=");
    const flag = equals < 0 ? word : word.slice(0, equals);
    const kind = tool.globalFlags[flag];
    if (kind === undefined) {
      const near = closest(flag, Object.keys(tool.globalFlags));
      throw new KasaneError("usage", `unknown flag of ${tool.name}: ${flag}`, {
        hint: near === undefined ? "flags of a command stand after it" : `did you mean ${near}?`,
        data: { exitCode: tool.name === "docker" ? 125 : 1 },
      });
    }
    if (kind === "none") continue;
    const value = equals < 0 ? argv[++index] : word.slice(equals + 1);
    if (value === undefined) {
      throw new KasaneError("usage", `flag needs an argument: ${flag}`, { hint: `write ${flag} VALUE` });
    }
    if (kind === "root") root = value;
    if (kind === "command") moved.push(`${flag}=${value}`);
  }
  return { root, moved, words: argv.slice(index) };
}

function unknown(tool: Tool, words: readonly string[]): KasaneError {
  const known = Object.keys(tool.commands);
  const [first] = words as [string, ...string[]];
  const members = known.filter((words_) => words_.startsWith(`${first} `));
  const typed = members.length > 0 ? words.slice(0, 2).join(" ") : first;
  const near = closest(typed, known);
  return new KasaneError("usage", `'${typed}' is not a ${tool.name} command`, {
    hint:
      near !== undefined
        ? `did you mean '${tool.name} ${near}'?`
        : `what there is: ${(members.length > 0 ? members : known).sort().join(", ")}`,
    data: { exitCode: tool.name === "docker" || tool.name === "skopeo" ? 1 : 125 },
  });
}
