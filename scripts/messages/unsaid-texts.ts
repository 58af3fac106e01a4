/** What the command line prints on standard error without say(): it would be English whatever the user's language. */
import * as is from "typescript/unstable/ast/is";
import { type ParsedFile, walk } from "./parse-source.ts";
import { TextFlow } from "./text-flow.ts";

/** Files whose lines are meant to be the same in every language, with the reason. */
const meant: Readonly<Record<string, string>> = {
  "src/cli/commands/serve.ts": "the server's log",
  "src/cli/containers/new-container.ts": "docker's lines of a pull",
  "src/cli/commands/build.ts": "names and digests that scripts look for, and docker's words",
  "src/cli/build/resolve-base.ts": "docker's words",
  "src/cli/build/tell-result.ts": "names and digests that scripts look for",
};

export function unsaidTexts(files: readonly ParsedFile[]): string[] {
  const flow = new TextFlow(files);
  const found: string[] = [];
  for (const call of flow.callsOf("err")) {
    const { path } = flow.fileOf(call);
    if (!path.startsWith("src/cli/") || meant[path] !== undefined) continue;
    const [text] = call.arguments ?? [];
    if (text && hasWords(flow, text)) found.push(`${flow.place(call)}: ${flow.textOf(text)}`);
  }
  return found;
}

function hasWords(flow: TextFlow, text: Parameters<TextFlow["formsOf"]>[0]): boolean {
  for (const node of walk(text)) {
    if (is.isCallExpression(node)) return false;
  }
  return flow.formsOf(text).some((form) => /\p{L}{2,}/u.test(form));
}
