import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { ImageSpace, LocalStore, Space } from "../../store/mod.ts";
import { usage } from "../flags.ts";
import type { ImageSummary } from "../images/image-summaries.ts";
import { shortId, shownPlatform, spaceObject } from "../space/space-rows.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

interface TreeLine {
  readonly name: string;
  /** Absent: a further name of the image in the next line. */
  readonly cells?: readonly string[];
}

const headers = ["ID", "DISK USAGE", "CONTENT SIZE", "UNPACKED", "SHARED", "FREED", "EXTRA"];
/** Of those, what stands on the left; sizes stand on the right. */
const isLeft = (header: string) => header === "ID" || header === "EXTRA";
const spacing = "   ";

/**
 * `images --tree`: docker's layout (IMAGE, ID, DISK USAGE, CONTENT SIZE, EXTRA; a line for each platform), with what unpacking takes, what
 * is shared and what removing would free. By name; `U` marks what a container uses.
 */
export async function writeImagesTree(
  terminal: Pick<Terminal, "out">,
  store: LocalStore,
  images: readonly ImageSummary[],
  options: { isWhole: boolean; format?: string | undefined },
): Promise<void> {
  const { format } = options;
  if (format !== undefined && format !== "table" && format !== "json") {
    throw usage("--tree prints a table or json", "images");
  }
  const spaces = await (await store.space()).images();
  const containers = await store.meta.containers.list();
  const used = new Set<string>(containers.map(({ image }) => image));
  const found = images
    .flatMap((summary) => {
      const each = spaces.get(summary.record.target);
      const names = summary.record.names.map((name) => familiarReference(parseReference(name))).sort();
      return each ? [{ summary, space: each, names }] : [];
    })
    .sort((a, b) => compare(a.names[0], b.names[0]));
  if (format === "json") {
    for (const { summary, space, names } of found)
      terminal.out(`${JSON.stringify(spaceObject(summary, space, names))}\n`);
    return;
  }
  const groups = found.map((each) => linesOf(each, used, options));
  terminal.out(table(groups));
}

/** What has no name comes last. */
function compare(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  return a < b ? -1 : a > b ? 1 : 0;
}

function linesOf(
  { summary, space, names }: { summary: ImageSummary; space: ImageSpace; names: readonly string[] },
  used: ReadonlySet<string>,
  { isWhole }: { isWhole: boolean },
): TreeLine[] {
  const isUsed = (digests: readonly string[]) => digests.some((digest) => used.has(digest));
  const idOf = (id: ImageSummary["id"]) => (isWhole ? id : shortId(id));
  const platforms = space.platforms.map((platform, index) => {
    const branch = index === space.platforms.length - 1 ? "└─" : "├─";
    const mark = isUsed([platform.manifest, platform.id]) ? "U" : "";
    return {
      name: `${branch} ${shownPlatform(summary, platform)}`,
      cells: cellsOf(idOf(platform.id), platform, mark),
      mark,
    };
  });
  const mark = isUsed([space.target]) || platforms.some((platform) => platform.mark !== "") ? "U" : "";
  const shown = names.length > 0 ? names : ["<untagged>"];
  const last = shown.at(-1)!;
  return [
    ...shown.slice(0, -1).map((name) => ({ name })),
    { name: last, cells: cellsOf(idOf(summary.id), space, mark) },
    ...platforms,
  ];
}

function cellsOf(id: string, space: Space, mark: string): string[] {
  const { storedBytes, transferredBytes, unpackedBytes, sharedBytes, freedBytes } = space;
  const sizes = [storedBytes, transferredBytes, unpackedBytes, sharedBytes, freedBytes];
  return [id, ...sizes.map((bytes) => humanSize(bytes, 3)), mark];
}

/** An empty line stands between images. */
function table(groups: readonly (readonly TreeLine[])[]): string {
  const lines = groups.flat();
  const first = Math.max("IMAGE".length, ...lines.map(({ name }) => Bun.stringWidth(name)));
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...lines.map(({ cells }) => cells?.[column]?.length ?? 0)),
  );
  const print = (name: string, cells: readonly string[] | undefined) => {
    if (cells === undefined) return `${name}\n`;
    const padded = cells.map((cell, column) =>
      isLeft(headers[column]!) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    const start = name + " ".repeat(first - Bun.stringWidth(name));
    return `${[start, ...padded].join(spacing).trimEnd()}\n`;
  };
  return [
    print("IMAGE", headers),
    groups.map((group) => group.map(({ name, cells }) => print(name, cells)).join("")).join("\n"),
  ].join("");
}
