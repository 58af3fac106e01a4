import { digestHex } from "../../oci/digest.ts";
import { familiarRepository } from "../../oci/reference.ts";
import type { ImageSummary } from "../../store/mod.ts";
import type { RowFormat } from "../format/row-format.ts";
import { humanAgo, humanSize } from "../text/units.ts";

/**
 * Lines of `images` that differ in the tag: one for each name that an image has in a repository (and, with digests, for each digest there);
 * `<none>` for a dangling one.
 */
export interface ImageRow {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly digest: string;
  readonly image: ImageSummary;
}

const none = "<none>";
const noTag = [none];

/** The rows of images in docker's order: newest first, the names of one image together. */
export function imageRows(images: readonly ImageSummary[], options: { withDigests: boolean }): ImageRow[] {
  const byOrder = new Map<string, ImageSummary>();
  for (const image of images) byOrder.set(orderOf(image), image);
  const rows: ImageRow[] = [];
  for (const order of [...byOrder.keys()].sort()) addRows(rows, byOrder.get(order)!, options);
  return rows;
}

/** A text of its own for each image: a thousand are compared ten thousand times, which takes a call of ours each for anything but texts. */
function orderOf(image: ImageSummary): string {
  const { names, target } = image.record;
  const beforeEnd = String(endOfTimeMs - (createdAtMs(image) ?? 0)).padStart(17, "0");
  return `${beforeEnd} ${names[0] ?? target}`;
}

/** The last time a Date can have. */
const endOfTimeMs = 8.64e15;

function addRows(rows: ImageRow[], image: ImageSummary, { withDigests }: { withDigests: boolean }): void {
  const { names, repoDigests } = image.record;
  if (repoDigests.length === 0) {
    if (names.length === 0) rows.push({ repository: none, tags: noTag, digest: none, image });
    addTagged(rows, names, image);
    return;
  }
  const digests = new Map<string, string[]>();
  for (const name of repoDigests) {
    const at = name.indexOf("@");
    const repository = familiarRepository(name.slice(0, at));
    digests.set(repository, [...(digests.get(repository) ?? []), name.slice(at + 1)]);
  }
  const tagged: ImageRow[] = [];
  addTagged(tagged, names, image);
  rows.push(...(withDigests ? tagged.flatMap((row) => withEach(row, digests.get(row.repository))) : tagged));
  // What has no tag in a repository is known there by its digest only.
  const known = new Set(tagged.map(({ repository }) => repository));
  for (const [repository, each] of digests) {
    if (known.has(repository)) continue;
    for (const digest of withDigests ? each : [none]) rows.push({ repository, tags: noTag, digest, image });
  }
}

/** Every tag with every digest, those of one tag together. */
function withEach(row: ImageRow, digests: readonly string[] = [none]): ImageRow[] {
  if (digests.length === 1) return [{ ...row, digest: digests[0]! }];
  return singleTags(row).flatMap((one) => digests.map((digest) => ({ ...one, digest })));
}

function singleTags(row: ImageRow): ImageRow[] {
  return row.tags.map((tag) => ({ ...row, tags: [tag] }));
}

function addTagged(rows: ImageRow[], names: readonly string[], image: ImageSummary): void {
  for (let from = 0; from < names.length; ) {
    const { repository, to } = sameRepository(names, from);
    const tags: string[] = [];
    for (; from < to; from++) tags.push(names[from]!.slice(repository.length + 1));
    rows.push({ repository: familiarRepository(repository), tags, digest: none, image });
  }
}

/** Canonical names with a tag, as people know them and in the order of that. */
export function familiarTags(names: readonly string[]): string[] {
  const known: string[] = [];
  let repositories = 0;
  for (let from = 0; from < names.length; repositories++) {
    const { repository, to } = sameRepository(names, from);
    // What people know is the end of it.
    const hidden = repository.length - familiarRepository(repository).length;
    for (; from < to; from++) known.push(names[from]!.slice(hidden));
  }
  return repositories > 1 ? known.sort() : known;
}

/**
 * The canonical repository of the name at `from`, and where its names end. They are canonical names with a tag, and sorted, so that those of
 * one repository stand together.
 */
function sameRepository(names: readonly string[], from: number): { repository: string; to: number } {
  const first = names[from]!;
  const prefix = first.slice(0, first.lastIndexOf(":") + 1);
  // Mostly it is all of an image's, which the last one says.
  let to = names.length;
  if (!names[to - 1]!.startsWith(prefix)) for (to = from + 1; names[to]!.startsWith(prefix); ) to++;
  return { repository: prefix.slice(0, -1), to };
}

/** When the image was built here; else what its config says. */
export function createdAtMs(image: Pick<ImageSummary, "createdAtMs" | "record">): number | undefined {
  return image.record.builtAtMs ?? image.createdAtMs;
}

/** Docker's columns. What Kasane does not count (containers, shared and unique sizes) is told by `system df -v`. */
export function imageFormat(options: {
  noTrunc: boolean;
  withDigests: boolean;
  isQuiet: boolean;
}): RowFormat<ImageRow> {
  const now = Date.now();
  const digest = options.withDigests ? "{{.Digest}}\\t" : "";
  const rawDigest = options.withDigests ? "digest: {{.Digest}}\n" : "";
  return {
    typeName: "*formatter.imageContext",
    table: `{{.Repository}}\\t{{.Tag}}\\t${digest}{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}`,
    quiet: "{{.ID}}",
    raw: options.isQuiet
      ? "image_id: {{.ID}}"
      : `repository: {{.Repository}}\ntag: {{.Tag}}\n${rawDigest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`,
    lines: { field: "Tag", values: ({ tags }) => tags, single: singleTags },
    fields: {
      ID: {
        header: "IMAGE ID",
        value: ({ image: { id } }) => (options.noTrunc ? id : digestHex(id).slice(0, 12)),
      },
      Repository: { header: "REPOSITORY", value: (row) => row.repository },
      Tag: { header: "TAG", value: ({ tags }) => tags[0]! },
      Digest: { header: "DIGEST", value: (row) => row.digest },
      CreatedSince: { header: "CREATED", value: ({ image }) => humanAgo(createdAtMs(image), now) },
      CreatedAt: { header: "CREATED AT", value: ({ image }) => times().goTime(createdAtMs(image)) },
      Size: { header: "SIZE", value: ({ image }) => humanSize(image.contentSizeBytes, 3) },
      Containers: { header: "CONTAINERS", value: () => "N/A" },
      VirtualSize: { header: "SIZE", value: ({ image }) => humanSize(image.contentSizeBytes) },
      SharedSize: { header: "SHARED SIZE", value: () => "N/A" },
      UniqueSize: { header: "UNIQUE SIZE", value: () => "N/A" },
    },
  };
}

function times() {
  return require("../text/go-time.ts") as typeof import("../text/go-time.ts");
}
