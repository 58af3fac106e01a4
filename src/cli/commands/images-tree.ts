import type { ImageSpace, LocalStore, Space } from "../../store/mod.ts";
import { usage } from "../flags.ts";
import { familiarTags } from "../images/image-rows.ts";
import type { ImageSummary } from "../images/image-summaries.ts";
import { knownPlatform, shortId, shownPlatform, spaceObject } from "../space/space-rows.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

/** What is told of one image, or of one platform of it. */
interface TreeLine {
  readonly name: string;
  /** Columns that the name takes. */
  readonly width: number;
  readonly id: string;
  readonly sizes: readonly string[];
  readonly mark: string;
}

interface TreeImage {
  /** Further names, each on a line of its own above the others. */
  readonly names: readonly string[];
  readonly head: TreeLine;
  readonly platforms: readonly TreeLine[];
}

/** Sizes stand on the right, everything else on the left. */
const header: TreeLine = {
  name: "IMAGE",
  width: "IMAGE".length,
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
  const found = byName(
    images.flatMap((summary) => {
      const space = spaces.get(summary.record.target);
      return space === undefined ? [] : [{ summary, space, names: familiarTags(summary.record.names) }];
    }),
  );
  if (format === "json") {
    for (const { summary, space, names } of found)
      terminal.out(`${JSON.stringify(spaceObject(summary, space, names))}\n`);
    return;
  }
  terminal.out(table(found.map(treeReader(used, options))));
}

interface FoundImage {
  readonly summary: ImageSummary;
  readonly space: ImageSpace;
  readonly names: readonly string[];
}

/** What has no name comes last. No two images have a name in common. */
function byName(images: readonly FoundImage[]): FoundImage[] {
  const named = new Map<string, FoundImage>();
  for (const image of images) if (image.names.length > 0) named.set(image.names[0]!, image);
  const sorted = [...named.keys()].sort().map((name) => named.get(name)!);
  return [...sorted, ...images.filter(({ names }) => names.length === 0)];
}

/** For one list, in which sizes and platforms come again and again. */
function treeReader(
  used: ReadonlySet<string>,
  { isWhole }: { isWhole: boolean },
): (image: FoundImage) => TreeImage {
  const idOf = (id: ImageSummary["id"]) => (isWhole ? id : shortId(id));
  const size = remembered((bytes: number) => humanSize(bytes, 3));
  const sizesOf = (space: Space) => [
    size(space.storedBytes),
    size(space.transferredBytes),
    size(space.unpackedBytes),
    size(space.sharedBytes),
    size(space.freedBytes),
  ];
  const platformName = remembered(shownPlatform);
  const width = remembered(Bun.stringWidth);
  return ({ summary, space, names }) => {
    const { target, platforms } = space;
    const id = idOf(summary.id);
    const sizes = sizesOf(space);
    const lines: TreeLine[] = [];
    let mark = used.has(target) ? "U" : "";
    for (const platform of platforms) {
      const { manifest } = platform;
      const own = used.has(manifest) || used.has(platform.id) ? "U" : "";
      if (own !== "") mark = own;
      const branch = lines.length + 1 === platforms.length ? "└─ " : "├─ ";
      const name = platformName(knownPlatform(summary, platform));
      lines.push({
        name: branch + name,
        width: branch.length + width(name),
        id: platform.id === summary.id ? id : idOf(platform.id),
        // The only platform of an image has the image's.
        sizes: manifest === target ? sizes : sizesOf(platform),
        mark: own,
      });
    }
    // Names of images are nothing but ASCII.
    const name = names.at(-1) ?? "<untagged>";
    const head = { name, width: name.length, id, sizes, mark };
    return { names: names.slice(0, -1), head, platforms: lines };
  };
}

function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}

/** An empty line stands between images. There may be thousands: what two lines share is measured and written once. */
function table(images: readonly TreeImage[]): string {
  let nameWidth = header.width;
  let idWidth = header.id.length;
  const widths = header.sizes.map(({ length }) => length);
  let measured = header;
  const measure = (line: TreeLine) => {
    const { width, id, sizes } = line;
    if (width > nameWidth) nameWidth = width;
    if (id.length > idWidth) idWidth = id.length;
    if (sizes !== measured.sizes) {
      for (let column = 0; column < sizes.length; column++) {
        if (sizes[column]!.length > widths[column]!) widths[column] = sizes[column]!.length;
      }
    }
    measured = line;
  };
  for (const { names, head, platforms } of images) {
    for (const { length } of names) if (length > nameWidth) nameWidth = length;
    measure(head);
    for (const line of platforms) measure(line);
  }
  const blanks = Array.from({ length: Math.max(nameWidth, idWidth, ...widths) + 1 }, (_, length) =>
    " ".repeat(length),
  );
  let last = header;
  let columns = "";
  const columnsOf = ({ id, sizes }: TreeLine) => {
    let text = `${spacing}${id}${blanks[idWidth - id.length]!}`;
    for (let column = 0; column < sizes.length; column++) {
      const size = sizes[column]!;
      text += spacing + blanks[widths[column]! - size.length]! + size;
    }
    return text;
  };
  const print = (line: TreeLine) => {
    if (columns === "" || line.sizes !== last.sizes || line.id !== last.id) columns = columnsOf(line);
    last = line;
    const end = line.mark === "" ? "\n" : `${spacing}${line.mark}\n`;
    return line.name + blanks[nameWidth - line.width]! + columns + end;
  };
  const groups = images.map(({ names, head, platforms }) => {
    let group = names.length === 0 ? "" : `${names.join("\n")}\n`;
    group += print(head);
    for (const line of platforms) group += print(line);
    return group;
  });
  return print(header) + groups.join("\n");
}
