/** Every text of src/ that a user of the command line may read, found in its syntax trees. */
import type { Expression } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { type ParsedFile, walk } from "./parse-source.ts";
import { lastName, type SourceText, TextFlow } from "./text-flow.ts";

/** Where texts go in, by the name of what is called: the argument that is one. */
const sinks: Readonly<Record<string, number>> = {
  KasaneError: 1,
  StageFailure: 0,
  ArgumentError: 0,
  DirectiveError: 1,
  GlobError: 0,
  SilenceError: 0,
  TypeError: 0,
  Error: 0,
};
/** Those of the command line, by the file that a caller imports. */
const sinksOfCommandLine = [
  { name: "say", index: 0, from: "messages/say.ts" },
  { name: "tell", index: 1, from: "messages/tell.ts" },
  { name: "warn", index: 1, from: "messages/tell.ts" },
  { name: "confirm", index: 1, from: "confirm.ts" },
  { name: "ask", index: 0, from: "prompt.ts" },
  { name: "askSecret", index: 0, from: "prompt.ts" },
];
/** What these tell is logged where a server runs; elsewhere it is shown. */
const logging = /^src\/(access|registry|retention|server|sync|web)\//;

/** Properties of commands and flags. */
const commandProperties = new Set(["summary", "description", "help"]);
/** Properties of errors and of what becomes one. */
const errorProperties = new Set(["hint", "reason", "why", "what"]);
/** There they are values of tables and JSON, which scripts read. */
const values = /^src\/(meta|retention|store\/fsck)\//;

export function sourceTexts(files: readonly ParsedFile[]): SourceText[] {
  const flow = new TextFlow(files);
  const into = (name: string, index: number, wants: (file: ParsedFile) => boolean) => {
    for (const call of flow.callsOf(name)) {
      const argument = call.arguments?.[index];
      if (argument && wants(flow.fileOf(call))) flow.collect(argument);
    }
  };
  for (const [name, index] of Object.entries(sinks)) into(name, index, () => true);
  for (const { name, index, from } of sinksOfCommandLine) {
    into(name, index, ({ path, tree }) => isCommandLine(path) && tree.text.includes(`${from}"`));
  }
  for (const name of ["onWarning", "warnOnce"]) into(name, 0, ({ path }) => !logging.test(path));
  into("warn", 1, ({ path }) => path.startsWith("src/dockerfile/check/"));
  for (const { path, tree } of files) {
    for (const node of walk(tree)) {
      if (is.isVariableDeclaration(node) && lastName(node.name) === "sections" && isCommandLine(path)) {
        flow.collectKeys(node.initializer!);
      } else if (is.isShorthandPropertyAssignment(node) && holdsText(lastName(node.name), path)) {
        flow.collect(node.name as Expression);
      } else if (is.isPropertyAssignment(node) && holdsText(lastName(node.name), path)) {
        flow.collect(node.initializer);
      }
    }
  }
  return flow.found.filter(({ pattern, place }) => !isCode(pattern) && !place.startsWith(goTemplates));
}

/** Its errors are Go's, word for word, as people find them when they search for them. */
const goTemplates = "src/template/";

const isCommandLine = (path: string) => path.startsWith("src/cli/");

function holdsText(name: string, path: string): boolean {
  if (name === "action") return /^src\/(distribution|image|sync)\//.test(path);
  if (commandProperties.has(name)) return isCommandLine(path);
  return errorProperties.has(name) && (name === "hint" || !values.test(path));
}

/** Names of files, keys and flags are the same in every language. */
function isCode(pattern: string): boolean {
  const text = pattern
    .replaceAll(/\{\*?\}/g, "x")
    .replace(/: $/, "")
    .trim();
  return !/\s/.test(text) && !/^[A-Z]?[a-z]+$/.test(text);
}
