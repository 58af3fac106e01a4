import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { PruneReport } from "../../store/mod.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

/** Docker's lines, with an empty one after them; nothing where there is nothing to tell. */
export function tellImages(terminal: Pick<Terminal, "out">, { images }: Pick<PruneReport, "images">): void {
  const lines = images.flatMap(({ untagged, deleted }) => [
    ...untagged.map((name) => `untagged: ${familiarReference(parseReference(name))}`),
    ...deleted.map((digest) => `deleted: ${digest}`),
  ]);
  tellList(terminal, "Deleted Images:", lines);
}

export function tellList(terminal: Pick<Terminal, "out">, title: string, lines: readonly string[]): void {
  if (lines.length > 0) terminal.out(`${[title, ...lines].join("\n")}\n\n`);
}

export function tellReclaimed(terminal: Pick<Terminal, "out">, bytes: number): void {
  terminal.out(`Total reclaimed space: ${humanSize(bytes)}\n`);
}

/** The same of a dry run. */
export function tellReclaimable(terminal: Pick<Terminal, "out">, bytes: number): void {
  terminal.out(`Would reclaim: ${humanSize(bytes)}\n`);
}
