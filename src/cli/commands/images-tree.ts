import type { ImageSpace, LocalStore, Space } from "../../store/mod.ts";
import { usage } from "../flags.ts";
import { familiarTags } from "../images/image-rows.ts";
import type { ImageSummary } from "../images/image-summaries.ts";
import { shortId, shownPlatform, spaceObject } from "../space/space-rows.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

/** What is told of one image, or of one platform of it. */
interface TreeLine {
  readonly name: string;
  readonly id: string;
  readonly sizes: readonly string[];
  readonly mark: string;
}

interface TreeImage {
  /** Further names, each on a line of its own above the others. */
  readonly names: readonly string[];
  readonly lines: readonly TreeLine[];
}

/** Sizes stand on the right, everything else on the left. */
const header: TreeLine = {
  name: "IMAGE",
  id: "ID",
  sizes: ["DISK USAGE", "CONTENT SIZE", "UNPACKED", "SHARED", "FREED"],
  mark: "EXTRA",
};
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
      if (each === undefined) return [];
      return [{ summary, space: each, names: familiarTags(summary.record.names) }];
    })
    .sort((a, b) => compare(a.names[0], b.names[0]));
  if (format === "json") {
    for (const { summary, space, names } of found)
      terminal.out(`${JSON.stringify(spaceObject(summary, space, names))}\n`);
    return;
  }
  terminal.out(table(found.map((each) => treeOf(each, used, options))));
}

/** What has no name comes last. */
function compare(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  return a < b ? -1 : a > b ? 1 : 0;
}

function treeOf(
  { summary, space, names }: { summary: ImageSummary; space: ImageSpace; names: readonly string[] },
  used: ReadonlySet<string>,
  { isWhole }: { isWhole: boolean },
): TreeImage {
  const idOf = (id: ImageSummary["id"]) => (isWhole ? id : shortId(id));
  const sizes = sizesOf(space);
  const lines: TreeLine[] = [];
  let mark = used.has(space.target) ? "U" : "";
  for (const platform of space.platforms) {
    const { manifest, id } = platform;
    const own = used.has(manifest) || used.has(id) ? "U" : "";
    if (own !== "") mark = own;
    lines.push({
      name: `${lines.length + 1 === space.platforms.length ? "└─" : "├─"} ${shownPlatform(summary, platform)}`,
      id: idOf(id),
      sizes: manifest === space.target ? sizes : sizesOf(platform),
      mark: own,
    });
  }
  lines.unshift({ name: names.at(-1) ?? "<untagged>", id: idOf(summary.id), sizes, mark });
  return { names: names.slice(0, -1), lines };
}

function sizesOf({ storedBytes, transferredBytes, unpackedBytes, sharedBytes, freedBytes }: Space): string[] {
  const sizes = [storedBytes, transferredBytes, unpackedBytes, sharedBytes, freedBytes];
  return sizes.map((bytes) => humanSize(bytes, 3));
}

/** An empty line stands between images. There may be thousands: a line is looked at twice, once to be measured and once to be written. */
function table(images: readonly TreeImage[]): string {
  let nameWidth = header.name.length;
  let idWidth = header.id.length;
  const widthOf = widthReader();
  const widths = header.sizes.map(({ length }) => length);
  for (const { names, lines } of images) {
    for (const name of names) if (name.length > nameWidth) nameWidth = name.length;
    for (const { name, id, sizes } of lines) {
      const width = widthOf(name);
      if (width > nameWidth) nameWidth = width;
      if (id.length > idWidth) idWidth = id.length;
      for (let column = 0; column < sizes.length; column++) {
        if (sizes[column]!.length > widths[column]!) widths[column] = sizes[column]!.length;
      }
    }
  }
  const blanks = Array.from({ length: Math.max(nameWidth, idWidth, ...widths) + 1 }, (_, length) =>
    " ".repeat(length),
  );
  const padSizes = (sizes: readonly string[]) => {
    let text = "";
    for (let column = 0; column < sizes.length; column++) {
      const size = sizes[column]!;
      text += spacing + blanks[widths[column]! - size.length]! + size;
    }
    return text;
  };
  let padded = { sizes: header.sizes, text: padSizes(header.sizes) };
  const print = ({ name, id, sizes, mark }: TreeLine) => {
    // The only platform of an image has the image's.
    if (padded.sizes !== sizes) padded = { sizes, text: padSizes(sizes) };
    const end = mark === "" ? "\n" : `${spacing}${mark}\n`;
    return `${name}${blanks[nameWidth - widthOf(name)]!}${spacing}${id}${blanks[idWidth - id.length]!}${padded.text}${end}`;
  };
  const text = images.map(({ names, lines }) => {
    let group = names.length === 0 ? "" : `${names.join("\n")}\n`;
    for (const line of lines) group += print(line);
    return group;
  });
  return print(header) + text.join("\n");
}

/** Platforms are the same ones again and again, and images' names nothing but ASCII. */
function widthReader(): (name: string) => number {
  const known = new Map<string, number>();
  return (name) => {
    if (!/^[├└]/.test(name)) return name.length;
    let width = known.get(name);
    if (width === undefined) {
      width = Bun.stringWidth(name);
      known.set(name, width);
    }
    return width;
  };
}
