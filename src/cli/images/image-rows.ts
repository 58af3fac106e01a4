import { digestHex } from "../../oci/digest.ts";
import { familiarName, splitName } from "../../oci/reference.ts";
import type { ImageSummary } from "../../store/mod.ts";
import type { RowFormat } from "../format/row-format.ts";
import { humanAgo, humanSize } from "../text/units.ts";

/** A line of `images`: one for each name of an image (and, with digests, for each digest of its repository); `<none>` for a dangling one. */
export interface ImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly image: ImageSummary;
}

const none = "<none>";

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
  if (names.length + repoDigests.length === 0) return [{ repository: none, tag: none, digest: none, image }];
  if (repoDigests.length === 0) return taggedRows(names, image);
  const digests = new Map<string, string[]>();
  for (const name of repoDigests) {
    const at = name.indexOf("@");
    const repository = familiar(name.slice(0, at));
    digests.set(repository, [...(digests.get(repository) ?? []), name.slice(at + 1)]);
  }
  const rows = taggedRows(names, image);
  const tagged = new Set(rows.map(({ repository }) => repository));
  const shown = withDigests
    ? rows.flatMap((row) => (digests.get(row.repository) ?? [none]).map((digest) => ({ ...row, digest })))
    : rows;
  // What has no tag in a repository is known there by its digest only.
  for (const [repository, each] of digests) {
    if (tagged.has(repository)) continue;
    for (const digest of withDigests ? each : [none]) shown.push({ repository, tag: none, digest, image });
  }
  return shown;
}

function taggedRows(names: readonly string[], image: ImageSummary): ImageRow[] {
  // Those of one image mostly have one repository, which is looked at once.
  let known = "";
  let repository = "";
  return names.map((name) => {
    const colon = name.lastIndexOf(":");
    if (colon !== known.length || !name.startsWith(known)) {
      known = name.slice(0, colon);
      repository = familiar(known);
    }
    return { repository, tag: name.slice(colon + 1), digest: none, image };
  });
}

/** Canonical names with a tag, as people know them. */
export function familiarTags(names: readonly string[]): string[] {
  let known = "";
  let hidden = 0;
  return names.map((name) => {
    if (name[known.length] !== ":" || !name.startsWith(known)) {
      known = name.slice(0, name.lastIndexOf(":"));
      // What people know is the end of it.
      hidden = known.length - familiar(known).length;
    }
    return name.slice(hidden);
  });
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
  const since = ofEach((image) => humanAgo(createdAtMs(image), now));
  const size = ofEach((image) => humanSize(image.contentSizeBytes, 3));
  const digest = options.withDigests ? "{{.Digest}}\\t" : "";
  const rawDigest = options.withDigests ? "digest: {{.Digest}}\n" : "";
  return {
    typeName: "*formatter.imageContext",
    table: `{{.Repository}}\\t{{.Tag}}\\t${digest}{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}`,
    quiet: "{{.ID}}",
    raw: options.isQuiet
      ? "image_id: {{.ID}}"
      : `repository: {{.Repository}}\ntag: {{.Tag}}\n${rawDigest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`,
    fields: {
      ID: {
        header: "IMAGE ID",
        value: ofEach(({ id }) => (options.noTrunc ? id : digestHex(id).slice(0, 12))),
      },
      Repository: { header: "REPOSITORY", value: (row) => row.repository },
      Tag: { header: "TAG", value: (row) => row.tag },
      Digest: { header: "DIGEST", value: (row) => row.digest },
      CreatedSince: { header: "CREATED", value: since },
      CreatedAt: { header: "CREATED AT", value: ({ image }) => times().goTime(createdAtMs(image)) },
      Size: { header: "SIZE", value: size },
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

/** What all rows of an image show; they stand together. */
function ofEach(show: (image: ImageSummary) => string): (row: ImageRow) => string {
  let last: { readonly image: ImageSummary; readonly text: string } | undefined;
  return ({ image }) => {
    if (last?.image !== image) last = { image, text: show(image) };
    return last.text;
  };
}
