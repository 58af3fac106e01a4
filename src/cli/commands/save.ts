import type { ImageSource } from "../../image/mod.ts";
import { didYouMean, isKasaneError, KasaneError, mapConcurrent } from "../../lib/mod.ts";
import {
  type Digest,
  formatReference,
  type Platform,
  parseManifest,
  parsePlatform,
  parseReference,
  type RawManifest,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import type { ParsedFlags } from "../flags.ts";
import { archiveOutput, outputFlag } from "../images/archive-output.ts";

const formats = ["docker-archive", "oci-archive", "oci-dir", "docker-dir"] as const;
type Format = (typeof formats)[number];

export default {
  name: "save",
  summary: "Write images to a tar archive",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description:
    "The archive is an OCI layout that docker, podman and skopeo load as well. Digests and every platform are kept. A repository without a tag means all its tags.",
  examples: [
    { call: "save -o my-app.tar my-app:v1.0.0", what: "into a file" },
    { call: "save my-app:v1.0.0 | gzip > my-app.tar.gz", what: "into a pipe" },
    { call: "save -o my-app.tar.gz my-app:v1.0.0", what: "compressed, as the file's name says" },
    { call: "save -o both.tar my-app:v1 nginx:alpine", what: "several; what they share is there once" },
    { call: "save --referrers -o signed.tar my-app:v1", what: "with what is attached to it" },
    { call: "save --format oci-dir -o layout my-app:v1", what: "into an OCI layout directory" },
  ],
  flags: [
    outputFlag,
    {
      name: "format",
      type: "string",
      value: "FORMAT",
      help: "docker-archive (default; docker and OCI in one), oci-archive, oci-dir or docker-dir",
    },
    {
      name: "compression",
      type: "string",
      value: "KIND",
      help: "Of the archive as a whole: gzip, zstd, xz, bzip2 or none (default: what the file's name says)",
    },
    { name: "platform", type: "strings", value: "OS/ARCH", help: "Only these platforms" },
    {
      name: "referrers",
      type: "boolean",
      help: "Also signatures, SBOMs and other artifacts that are attached to the images",
    },
    { name: "quiet", short: "q", type: "boolean", help: "No effect, for podman's sake", hidden: true },
    {
      name: "multi-image-archive",
      short: "m",
      type: "boolean",
      help: "No effect, for podman's sake",
      hidden: true,
    },
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, store } = context;
    const format = formatOf(flags.string("format"));
    const save = format.endsWith("-dir") ? directoryWriter(context, format) : archiveWriter(context, format);
    const platforms = flags.strings("platform").map((text) => parsePlatform(text));
    const local = await store();
    const names = await imagesNamed(local, flags.arguments);
    await local.withLease("save", async (lease) => {
      await local.meta.leases.hold(lease, [...names.keys()]);
      await save(local, names, platforms);
    });
    return 0;
  },
} satisfies Command;

/** Each image that is saved, and the names it has in the archive. */
type Chosen = ReadonlyMap<Digest, ReadonlySet<string>>;
type Save = (local: LocalStore, images: Chosen, platforms: readonly Platform[]) => Promise<void>;

/** Named twice, by two names: one image with both names. */
async function imagesNamed(local: LocalStore, words: readonly string[]): Promise<Chosen> {
  const chosen = new Map<Digest, Set<string>>();
  const add = (target: Digest, name?: string) => {
    const names = chosen.get(target) ?? new Set();
    if (name !== undefined) names.add(name);
    chosen.set(target, names);
  };
  for (const word of words) {
    const tagged = await taggedImages(local, word);
    for (const { target, name } of tagged) add(target, name);
    if (tagged.length > 0) continue;
    const { record } = await local.find(word);
    const name = referenceOf(word);
    // An ID names the image without one of its names being meant.
    const isNamed = name !== undefined && record.names.includes(formatReference(withDefaultTag(name)));
    add(record.target, isNamed ? formatReference(withDefaultTag(name)) : undefined);
  }
  return chosen;
}

/** As docker has it, a repository stands for all its tags. */
async function taggedImages(local: LocalStore, word: string): Promise<{ target: Digest; name: string }[]> {
  const repository = referenceOf(word);
  if (!repository || repository.tag || repository.digest) return [];
  const prefix = `${formatReference(repository)}:`;
  const tagged = (await local.meta.images.list()).flatMap(({ target, names }) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => ({ target, name })),
  );
  return tagged.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function referenceOf(word: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(word);
  } catch (error) {
    if (isKasaneError(error, "invalid-reference")) return undefined;
    throw error;
  }
}

function archiveWriter(context: CommandContext, format: Format): Save {
  const write = archiveOutput(context);
  const compression = compressionOf(context.flags);
  return async (local, images, platforms) => {
    const { writeArchive, compressOuter } = await import("../../image/mod.ts");
    const inputs = await mapConcurrent([...images], 4, async ([target, names]) => ({
      source: local.source(target),
      names: [...names],
      referrers: await referrerSources(context, local, target),
    }));
    const archive = writeArchive(inputs, {
      format: format === "oci-archive" ? "oci" : "docker",
      ...(platforms.length > 0 && { platforms }),
    });
    await write(compressOuter(archive, compression));
  };
}

/** What is attached to an image here, where it is asked for. */
async function referrerSources(
  { flags }: CommandContext,
  local: LocalStore,
  target: Digest,
): Promise<ImageSource[]> {
  if (!flags.boolean("referrers")) return [];
  const { referrersOf } = await import("../../store/mod.ts");
  const sources: ImageSource[] = [];
  for await (const { digest } of referrersOf(local, target)) sources.push(local.source(digest));
  return sources;
}

function directoryWriter(context: CommandContext, format: Format): Save {
  const { flags, signal } = context;
  const directory = flags.string(outputFlag.name);
  if (directory === undefined) {
    throw new KasaneError("usage", `${format} is a directory and needs a name`, {
      hint: "use -o DIRECTORY",
      data: { exitCode: 1 },
    });
  }
  return async (local, images, platforms) => {
    const image = await import("../../image/mod.ts");
    const options = {
      platforms: platforms.length > 0 ? platforms : ("all" as const),
      missingChildren: "skip" as const,
      signal,
    };
    const [first, ...others] = images;
    if (format === "docker-dir") {
      if (flags.boolean("referrers")) {
        throw new KasaneError("usage", "a docker-dir has no place for --referrers", {
          hint: "use --format oci-dir, or an archive",
          data: { exitCode: 1 },
        });
      }
      if (others.length > 0)
        throw new KasaneError("usage", "a docker-dir holds one image", { data: { exitCode: 1 } });
      const source = local.source(first![0]);
      await image.writeDir(directory, async (sink) => void (await image.copyImage(source, sink, options)));
      return;
    }
    await image.shareLayout(directory, async () => {
      const there = new Set<Digest>();
      for (const [target, names] of images) {
        const source = image.convertSource(local.source(target), "oci");
        for (const ref of names.size > 0 ? names : [undefined]) {
          const sink = image.layoutSink(directory, ref === undefined ? {} : { ref });
          const { root } = await image.copyImage(source, sink, options);
          for (const digest of manifestsIn(root)) there.add(digest);
        }
        for (const referrer of await referrerSources(context, local, target)) {
          const { raw, manifest } = await image.readRoot(referrer);
          // What is about a platform that was left out, or a manifest that was translated.
          if (!there.has(manifest.subject!.digest)) continue;
          there.add(raw.digest);
          const sink = image.layoutSink(directory, {
            annotations: { [image.subjectAnnotation]: manifest.subject!.digest },
          });
          await image.copyImage(referrer, sink, { ...options, platforms: "all" });
        }
      }
    });
  };
}

function manifestsIn(root: RawManifest): Digest[] {
  const manifest = parseManifest(root.bytes, root.mediaType);
  return [root.digest, ...(manifest.kind === "index" ? manifest.manifests.map(({ digest }) => digest) : [])];
}

function formatOf(text: string = "docker-archive"): Format {
  const format = formats.find((each) => each === text);
  if (format) return format;
  throw new KasaneError("usage", `unknown format ${JSON.stringify(text)}: ${formats.join(", ")}`, {
    hint: didYouMean(text, formats) ?? "see 'kasane save --help'",
    data: { exitCode: 1 },
  });
}

const endings = [
  [/\.(tar\.gz|tgz)$/, "gzip"],
  [/\.(tar\.zst|tzst)$/, "zstd"],
  [/\.(tar\.xz|txz)$/, "xz"],
  [/\.(tar\.bz2|tbz2?)$/, "bzip2"],
] as const;

function compressionOf(flags: ParsedFlags) {
  const text = flags.string("compression");
  const file = flags.string(outputFlag.name) ?? "";
  if (text === undefined) return endings.find(([ending]) => ending.test(file))?.[1] ?? "none";
  const known = (["gzip", "zstd", "xz", "bzip2", "none"] as const).find((each) => each === text);
  if (known) return known;
  throw new KasaneError("usage", `unknown compression ${JSON.stringify(text)}`, {
    hint: "gzip, zstd, xz, bzip2 or none",
    data: { exitCode: 1 },
  });
}
