import { statSync } from "node:fs";
import { errnoOf, fileBytes, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import { hostPlatform, parsePlatform } from "../../oci/mod.ts";
import type { LocalStore, WrittenLayer } from "../../store/mod.ts";
import type { TarInput } from "../../tar/mod.ts";
import type { Command } from "../command.ts";
import { newImageName } from "../images/new-image-name.ts";
import { standardInput } from "../standard-input.ts";

export default {
  name: "import",
  summary: "Make an image from a root file system",
  usage: "[OPTIONS] DIRECTORY|FILE|URL|- [REPOSITORY[:TAG]]",
  description:
    "Takes a directory, or a tar (plain, gzip, zstd, xz, bzip2) from a file, an address or standard input, as one layer.",
  examples: [
    { call: "import ./rootfs debian:bookworm-slim", what: "a directory made with debootstrap" },
    { call: "import rootfs.tar.gz base", what: "an archive" },
    { call: "import https://example.com/rootfs.tar.xz base", what: "an archive that is downloaded" },
    { call: "import -c 'CMD [\"sh\"]' rootfs.tar base", what: "with a default command" },
  ],
  flags: [
    {
      name: "change",
      short: "c",
      type: "strings",
      value: "INSTRUCTION",
      help: "A Dockerfile instruction for its configuration",
    },
    { name: "message", short: "m", type: "string", value: "TEXT", help: "Comment in the history" },
    { name: "platform", type: "string", value: "OS/ARCH", help: "What it is for (default: this machine)" },
  ],
  arguments: { min: 1, max: 2 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store, env, signal }) {
    const [from, name] = flags.arguments as [string, string | undefined];
    const names = name === undefined ? [] : [newImageName(name)];
    const [
      { directoryTar, isPortable },
      { imageFromRootfs, putImage, unpackOuter },
      { writeTar },
      { applyChanges, downloadFile, isAddress },
    ] = await Promise.all([
      import("../../layer/mod.ts"),
      import("../../image/mod.ts"),
      import("../../tar/mod.ts"),
      import("../../build/mod.ts"),
    ]);
    const platform =
      flags.string("platform") === undefined ? hostPlatform() : parsePlatform(flags.string("platform")!);
    const config = applyChanges({}, flags.strings("change"));
    const isRemote = isAddress(from);
    const isDirectory = from !== "-" && !isRemote && isDirectoryAt(from);
    const open = () => {
      if (!isRemote) return from === "-" ? standardInput(signal) : fileBytes(from);
      terminal.out(`Downloading from ${shownAddress(from)}\n`);
      return downloadFile(from, { signal });
    };
    const tar = isDirectory ? writeTar(directoryTar(from, { includeRoot: true })) : unpackOuter(open());
    const local = await store();
    const id = await local.withLease("import", async (lease) => {
      const options = { lease, compression: "gzip", mediaTypes: "oci" } as const;
      const written = await local.writeLayer({ tar: reading(tar, from, signal) }, options);
      const layer = isPortable(written.index)
        ? written
        : await local.writeLayer({ entries: await flattened(local, written) }, options);
      const message = flags.string("message");
      const image = imageFromRootfs({
        layer,
        platform,
        config,
        from: isDirectory ? "directory" : isRemote ? shownAddress(from) : from,
        // The same file system gives the same image: its time is that of its newest file, not of the import.
        created: new Date(
          (epochSeconds(env.SOURCE_DATE_EPOCH) ?? newestSeconds(layer.index.entries)) * 1000,
        ).toISOString(),
        ...(message !== undefined && { message }),
      });
      await putImage(local.sink({ lease, names, builtAtMs: Date.now() }), image);
      return image.configDescriptor.digest;
    });
    terminal.out(`${id}\n`);
    return 0;
  },
} satisfies Command;

/** Without the secrets that stand in some addresses. */
function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/** What the layer stands for, in a layer that every engine takes. */
async function flattened(
  local: LocalStore,
  { index, descriptor }: WrittenLayer,
): Promise<AsyncIterable<TarInput>> {
  const { flattenLayers, mergeLayers } = await import("../../layer/mod.ts");
  const open = () => local.blobs.open(descriptor.digest);
  return flattenLayers({ tree: mergeLayers([index]), layers: [{ index, open }] });
}

function isDirectoryAt(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new KasaneError("not-found", `cannot import ${path}: ${errnoOf(error) ?? "it cannot be read"}`, {
      hint: "name a directory, a tar file, or - for standard input",
      cause: error,
    });
  }
}

async function* reading(
  source: AsyncIterable<Uint8Array>,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || isKasaneError(error)) throw error;
    throw new KasaneError("io", `cannot import ${from}: ${messageOf(error)}`, {
      cause: error,
      ...(errno === "EACCES" &&
        isDirectoryAt(from) && {
          hint: `let root read it: sudo tar -C ${from} -c . | kasane import - NAME`,
        }),
    });
  }
}

function epochSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function newestSeconds(entries: readonly { readonly modified: { readonly seconds: number } }[]): number {
  let newest = 0;
  for (const { modified } of entries) newest = Math.max(newest, modified.seconds);
  return Math.min(newest, Math.floor(Date.now() / 1000));
}
