import type { ImageTree, TreeNode } from "../../layer/mod.ts";
import { fileFacts } from "../../look/mod.ts";
import type { Terminal } from "../terminal.ts";
import { modeText } from "../text/mode-text.ts";
import { humanSize } from "../text/units.ts";
import { visibleLine } from "../text/visible.ts";

export interface ListingStyle {
  readonly isLong: boolean;
  readonly isHuman: boolean;
  readonly isJson: boolean;
  /** What made each layer, base first; absent where layers are not asked for. */
  readonly instructions: readonly string[] | undefined;
  /** Tells JSON of hard links. */
  readonly tree?: ImageTree;
}

export interface ListingGroup {
  /** Printed above it. */
  readonly heading?: string;
  readonly files: readonly { readonly name: string; readonly node: TreeNode }[];
}

/** Files as ls(1) prints them, one a line; with JSON one array of all of them. */
export function writeListing(
  terminal: Pick<Terminal, "out">,
  groups: Iterable<ListingGroup>,
  style: ListingStyle,
): void {
  if (style.isJson) {
    writeJson(terminal, groups, style);
    return;
  }
  let isFirst = true;
  for (const { heading, files } of groups) {
    if (heading !== undefined) terminal.out(`${isFirst ? "" : "\n"}${visibleLine(heading)}:\n`);
    isFirst = false;
    // In one piece: a directory may have a hundred thousand entries.
    terminal.out(rowsOf(files, style));
  }
}

function rowsOf(files: ListingGroup["files"], style: ListingStyle): string {
  const rows = files.map(({ name, node }) => cellsOf(name, node, style));
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, Bun.stringWidth(row[column]!.text)), 0),
  );
  return rows
    .map((row) => {
      const cells = row.map(({ text, isRight }, column) => {
        if (column === row.length - 1) return text;
        const gap = " ".repeat(widths[column]! - Bun.stringWidth(text));
        return isRight ? gap + text : text + gap;
      });
      return `${cells.join(" ")}\n`;
    })
    .join("");
}

interface Cell {
  readonly text: string;
  readonly isRight?: boolean;
}

function cellsOf(name: string, node: TreeNode, { isLong, isHuman, instructions }: ListingStyle): Cell[] {
  const { entry } = node.target ?? node;
  const cells: Cell[] = [];
  if (isLong) {
    const { deviceMajor, deviceMinor = 0, sizeBytes } = entry;
    const size =
      deviceMajor === undefined
        ? isHuman
          ? humanSize(sizeBytes, 3)
          : String(sizeBytes)
        : `${deviceMajor},${deviceMinor}`;
    cells.push(
      { text: modeText(entry) },
      { text: String(entry.uid), isRight: true },
      { text: String(entry.gid), isRight: true },
      { text: size, isRight: true },
      { text: timeCell(entry.modified.seconds) },
    );
  }
  if (instructions !== undefined) {
    const instruction = visibleLine(instructions[node.layer] ?? "");
    const short = [...instruction].length > 40 ? `${[...instruction].slice(0, 39).join("")}…` : instruction;
    cells.push({ text: String(node.layer + 1), isRight: true }, { text: short });
  }
  const target = isLong && entry.type === "symlink" ? ` -> ${visibleLine(entry.linkTarget ?? "")}` : "";
  cells.push({ text: `${visibleLine(name)}${target}` });
  return cells;
}

const longestTime = 8.64e12;

/** The same everywhere: UTC. */
function timeCell(seconds: number): string {
  if (Math.abs(seconds) > longestTime) return `@${seconds}`;
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

function writeJson(
  terminal: Pick<Terminal, "out">,
  groups: Iterable<ListingGroup>,
  { instructions, tree }: ListingStyle,
): void {
  let separator = "[\n";
  for (const { files } of groups) {
    const lines = files.map(({ node }) => {
      const facts = fileFacts(node, tree);
      return JSON.stringify(instructions ? { ...facts, instruction: instructions[node.layer] ?? "" } : facts);
    });
    if (lines.length === 0) continue;
    terminal.out(separator + lines.join(",\n"));
    separator = ",\n";
  }
  terminal.out(separator === "[\n" ? "[]\n" : "\n]\n");
}
