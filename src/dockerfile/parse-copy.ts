import { ArgumentError } from "./arguments.ts";
import { readFlags } from "./flags.ts";
import { heredocText, parseHeredocStart } from "./heredoc.ts";
import type { AddInstruction, CopyInstruction, InlineFile } from "./instruction.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

type Parts<T> = Omit<T, "original" | "range" | "comments">;

export function parseCopy(node: SyntaxNode): Parts<CopyInstruction> {
  const flags = readFlags(node.flags, {
    from: "string",
    chown: "string",
    chmod: "string",
    link: "boolean",
    parents: "boolean",
    exclude: "list",
  });
  return {
    kind: "copy",
    ...sourcesAndDestination(node, "COPY"),
    ...(flags.from ? { from: flags.from } : {}),
    ...(flags.chown ? { chown: flags.chown } : {}),
    ...(flags.chmod ? { chmod: flags.chmod } : {}),
    link: flags.link ?? false,
    parents: flags.parents ?? false,
    exclude: flags.exclude,
  };
}

export function parseAdd(node: SyntaxNode): Parts<AddInstruction> {
  const flags = readFlags(node.flags, {
    chown: "string",
    chmod: "string",
    link: "boolean",
    exclude: "list",
    checksum: "string",
    "keep-git-dir": "boolean",
    unpack: "boolean",
  });
  return {
    kind: "add",
    ...sourcesAndDestination(node, "ADD"),
    ...(flags.chown ? { chown: flags.chown } : {}),
    ...(flags.chmod ? { chmod: flags.chmod } : {}),
    link: flags.link ?? false,
    exclude: flags.exclude,
    ...(flags.checksum ? { checksum: flags.checksum } : {}),
    ...(flags["keep-git-dir"] === undefined ? {} : { keepGitDir: flags["keep-git-dir"] }),
    ...(flags.unpack === undefined ? {} : { unpack: flags.unpack }),
  };
}

function sourcesAndDestination(
  node: SyntaxNode,
  instruction: string,
): { sources: string[]; inlineFiles: InlineFile[]; destination: string } {
  const destination = node.words.at(-1);
  if (destination === undefined || node.words.length < 2) {
    throw new ArgumentError(`${instruction} needs at least one source and a destination`, {
      hint: destination === undefined ? undefined : `write ${instruction} ${destination} .`,
    });
  }
  if (node.heredocs.length > 0 && parseHeredocStart(destination)) {
    throw new ArgumentError(`the destination of ${instruction} cannot be a heredoc`, { mark: destination });
  }
  const byName = new Map(node.heredocs.map((heredoc) => [heredoc.name, heredoc]));
  const sources: string[] = [];
  const inlineFiles: InlineFile[] = [];
  for (const word of node.words.slice(0, -1)) {
    const start = node.heredocs.length > 0 ? parseHeredocStart(word) : undefined;
    const heredoc = start && byName.get(start.name);
    if (!heredoc) sources.push(word);
    else inlineFiles.push({ name: heredoc.name, content: heredocText(heredoc), expand: heredoc.expand });
  }
  return { sources, inlineFiles, destination };
}
