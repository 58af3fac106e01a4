import { digestHex, familiarName, splitName } from "../oci/mod.ts";
import type { ImageSummary } from "../store/mod.ts";
import type { RowFormat } from "./format/row-format.ts";
import { goTime } from "./go-time.ts";
import { humanAgo, humanSize } from "./units.ts";

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
  return [...images].sort(newestFirst).flatMap((image) => rowsOf(image, options));
}

function newestFirst(a: ImageSummary, b: ImageSummary): number {
  const difference = (createdAtMs(b) ?? 0) - (createdAtMs(a) ?? 0);
  if (difference !== 0) return difference;
  const [first = a.record.target, second = b.record.target] = [a.record.names[0], b.record.names[0]];
  return first < second ? -1 : first > second ? 1 : 0;
}

function rowsOf(image: ImageSummary, { withDigests }: { withDigests: boolean }): ImageRow[] {
  const { names, repoDigests } = image.record;
  if (names.length + repoDigests.length === 0) return [{ repository: none, tag: none, digest: none, image }];
  const digests = new Map<string, string[]>();
  for (const name of repoDigests) {
    const { repository, digest } = familiarParts(name);
    digests.set(repository, [...(digests.get(repository) ?? []), digest!]);
  }
  const tagged = names.map((name) => familiarParts(name));
  const rows = tagged.flatMap(({ repository, tag = none }) =>
    ((withDigests && digests.get(repository)) || [none]).map((digest) => ({
      repository,
      tag,
      digest,
      image,
    })),
  );
  // What has no tag in a repository is known there by its digest only.
  for (const { repository } of tagged) digests.delete(repository);
  for (const [repository, each] of digests) {
    const shown = withDigests ? each : [none];
    rows.push(...shown.map((digest) => ({ repository, tag: none, digest, image })));
  }
  return rows;
}

const familiarNames = new Map<string, string>();

function familiarParts(name: string): { repository: string; tag?: string; digest?: string } {
  const { host, repository, ...rest } = splitName(name);
  const bare = `${host}/${repository}`;
  let familiar = familiarNames.get(bare);
  if (familiar === undefined) {
    familiar = familiarName({ host, repository });
    familiarNames.set(bare, familiar);
  }
  return { repository: familiar, ...rest };
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
    fields: {
      ID: {
        header: "IMAGE ID",
        value: ({ image }) => (options.noTrunc ? image.id : digestHex(image.id).slice(0, 12)),
      },
      Repository: { header: "REPOSITORY", value: (row) => row.repository },
      Tag: { header: "TAG", value: (row) => row.tag },
      Digest: { header: "DIGEST", value: (row) => row.digest },
      CreatedSince: { header: "CREATED", value: ({ image }) => humanAgo(createdAtMs(image), now) },
      CreatedAt: { header: "CREATED AT", value: ({ image }) => goTime(createdAtMs(image)) },
      Size: { header: "SIZE", value: ({ image }) => humanSize(image.contentSizeBytes, 3) },
      Containers: { header: "CONTAINERS", value: () => "N/A" },
      VirtualSize: { header: "SIZE", value: ({ image }) => humanSize(image.contentSizeBytes) },
      SharedSize: { header: "SHARED SIZE", value: () => "N/A" },
      UniqueSize: { header: "UNIQUE SIZE", value: () => "N/A" },
    },
  };
}
