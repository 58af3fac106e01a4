import { digestHex } from "../../oci/digest.ts";
import { familiarName, splitName } from "../../oci/reference.ts";
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
  // A thousand images are compared ten thousand times: what is compared is looked up once.
  const keyed = images.map((image) => {
    const { names, target } = image.record;
    return { image, created: createdAtMs(image) ?? 0, name: names[0] ?? target };
  });
  keyed.sort((a, b) => b.created - a.created || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return keyed.flatMap(({ image }) => rowsOf(image, options));
}

function rowsOf(image: ImageSummary, { withDigests }: { withDigests: boolean }): ImageRow[] {
  const { names, repoDigests } = image.record;
  if (names.length + repoDigests.length === 0)
    return [{ repository: none, tags: noTag, digest: none, image }];
  if (repoDigests.length === 0) return taggedRows(names, image);
  const digests = new Map<string, string[]>();
  for (const name of repoDigests) {
    const at = name.indexOf("@");
    const repository = familiar(name.slice(0, at));
    digests.set(repository, [...(digests.get(repository) ?? []), name.slice(at + 1)]);
  }
  const rows = taggedRows(names, image);
  const tagged = new Set(rows.map(({ repository }) => repository));
  const shown = withDigests ? rows.flatMap((row) => withEach(row, digests.get(row.repository))) : rows;
  // What has no tag in a repository is known there by its digest only.
  for (const [repository, each] of digests) {
    if (tagged.has(repository)) continue;
    for (const digest of withDigests ? each : [none]) shown.push({ repository, tags: noTag, digest, image });
  }
  return shown;
}

/** Every tag with every digest, those of one tag together. */
function withEach(row: ImageRow, digests: readonly string[] = [none]): ImageRow[] {
  if (digests.length === 1) return [{ ...row, digest: digests[0]! }];
  return singleTags(row).flatMap((one) => digests.map((digest) => ({ ...one, digest })));
}

function singleTags(row: ImageRow): ImageRow[] {
  return row.tags.map((tag) => ({ ...row, tags: [tag] }));
}

function taggedRows(names: readonly string[], image: ImageSummary): ImageRow[] {
  return byRepository(names).map(({ repository, from, to }) => {
    const tags: string[] = [];
    for (let at = from; at < to; at++) tags.push(names[at]!.slice(repository.length + 1));
    return { repository: familiar(repository), tags, digest: none, image };
  });
}

/** Canonical names with a tag, as people know them and in the order of that. */
export function familiarTags(names: readonly string[]): string[] {
  const known: string[] = [];
  const groups = byRepository(names);
  for (const { repository, from, to } of groups) {
    // What people know is the end of it.
    const hidden = repository.length - familiar(repository).length;
    for (let at = from; at < to; at++) known.push(names[at]!.slice(hidden));
  }
  return groups.length > 1 ? known.sort() : known;
}

/** The names from `from` to before `to`. */
interface NamesOfRepository {
  /** Canonical. */
  readonly repository: string;
  readonly from: number;
  readonly to: number;
}

/** Canonical names with a tag; they are sorted, so that those of one repository stand together. */
function byRepository(names: readonly string[]): NamesOfRepository[] {
  const groups: NamesOfRepository[] = [];
  for (let from = 0; from < names.length; ) {
    const first = names[from]!;
    const prefix = first.slice(0, first.lastIndexOf(":") + 1);
    // Mostly it is all of an image's, which the last one says.
    let to = names.length;
    while (!names[to - 1]!.startsWith(prefix)) to--;
    groups.push({ repository: prefix.slice(0, -1), from, to });
    from = to;
  }
  return groups;
}

const familiarNames = new Map<string, string>();

/** Of a canonical name without tag and digest. */
function familiar(repository: string): string {
  let name = familiarNames.get(repository);
  if (name === undefined) {
    name = familiarName(splitName(repository));
    familiarNames.set(repository, name);
  }
  return name;
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
        value: ofEach(({ id }) => (options.noTrunc ? id : digestHex(id).slice(0, 12))),
      },
      Repository: { header: "REPOSITORY", value: (row) => row.repository },
      Tag: { header: "TAG", value: ({ tags }) => tags[0]! },
      Digest: { header: "DIGEST", value: (row) => row.digest },
      CreatedSince: { header: "CREATED", value: ofEach((image) => humanAgo(createdAtMs(image), now)) },
      CreatedAt: { header: "CREATED AT", value: ({ image }) => times().goTime(createdAtMs(image)) },
      Size: { header: "SIZE", value: ofEach((image) => humanSize(image.contentSizeBytes, 3)) },
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

/** What all lines of an image show, where each is a row of its own; they stand together. */
function ofEach(show: (image: ImageSummary) => string): (row: ImageRow) => string {
  let last: { readonly image: ImageSummary; readonly text: string } | undefined;
  return ({ image }) => {
    if (last?.image !== image) last = { image, text: show(image) };
    return last.text;
  };
}
