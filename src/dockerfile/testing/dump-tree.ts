import { goQuote, goQuoteList } from "../go-quote.ts";
import type { SyntaxNode, SyntaxTree } from "../syntax-tree.ts";

/** The tree in the form of BuildKit's golden files: `(copy ["--from=a"] "src" "dst")`, one instruction for each line. */
export function dumpTree(tree: SyntaxTree): string {
  return tree.nodes.map((node) => `(${dumpNode(node)})`).join("\n");
}

function dumpNode(node: SyntaxNode): string {
  const words = node.pairs
    ? node.pairs.flatMap((pair) => [pair.name, pair.value, pair.separator])
    : node.words;
  return [
    node.name.toLowerCase(),
    ...(node.flags.length > 0 ? [goQuoteList(node.flags)] : []),
    ...words.map(goQuote),
    ...(node.trigger ? [`(${dumpNode(node.trigger)})`] : []),
  ].join(" ");
}
