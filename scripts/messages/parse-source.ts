/** The syntax trees of src/, as TypeScript's own parser reads them (its API is unstable: the version is pinned, and only this file uses it). */
import { join, relative, resolve } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/async";

const checkout = resolve(import.meta.dir, "../..");
const notShipped = /\.(test|fuzz|bench|contract)\.ts$|\/testing\/|\.d\.ts$/;

export interface ParsedFile {
  /** From the checkout: `src/cli/main.ts`. */
  readonly path: string;
  readonly tree: SourceFile;
}

let parsed: Promise<ParsedFile[]> | undefined;

/** Once in a process. */
export function parseSource(): Promise<ParsedFile[]> {
  parsed ??= parseAll();
  return parsed;
}

async function parseAll(): Promise<ParsedFile[]> {
  const api = new API({ cwd: checkout });
  try {
    const snapshot = await api.updateSnapshot({ openProjects: [join(checkout, "tsconfig.json")] });
    const [project] = snapshot.getProjects();
    if (!project) throw new Error("there is no project in tsconfig.json");
    const files: ParsedFile[] = [];
    for (const name of await project.program.getSourceFileNames()) {
      const path = relative(checkout, name);
      if (!path.startsWith("src/") || notShipped.test(path)) continue;
      const tree = await project.program.getSourceFile(name);
      if (tree) files.push({ path, tree });
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    await api.close().catch(() => undefined);
  }
}

/** Every node below `node`, itself first. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
    return undefined;
  });
  for (const child of children) yield* walk(child);
}
