import type { ImageViewer, ViewNotice, ViewProgress } from "../../look/mod.ts";
import { parsePlatform, shortDigest } from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import type { Flag } from "../flags.ts";
import { say } from "../messages/say.ts";
import { tell } from "../messages/tell.ts";
import { progressLine } from "../progress-line.ts";
import { registryClients, registryFlags } from "../registries/connect.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";

export const jsonFlag: Flag = { name: "json", type: "boolean", help: "Print JSON" };

/** The flags of every command that looks into images. */
export const viewFlags: readonly Flag[] = [
  {
    name: "platform",
    type: "string",
    value: "OS/ARCH",
    help: "The platform of a multi-platform image",
  },
  ...registryFlags,
];

/** viewImages() with what the command line says of platform and registries; what takes long is told on standard error. */
export async function withImages<T>(
  context: CommandContext,
  options: { readonly needsContents: boolean },
  work: (viewer: ImageViewer) => Promise<T>,
): Promise<T> {
  const { flags, terminal, signal } = context;
  const { viewImages } = await import("../../look/mod.ts");
  const platform = flags.string("platform");
  const reading = layerProgress(terminal);
  let clients: ReturnType<typeof registryClients> | undefined;
  return viewImages(
    {
      store: await context.store(),
      async client(host) {
        clients ??= registryClients(flags);
        return (await clients)(host);
      },
      ...options,
      ...(platform !== undefined && { platform: parsePlatform(platform) }),
      notice: (notice) => {
        reading.clear();
        tell(terminal, noticeText(notice));
      },
      progress: reading.progress,
      signal,
    },
    work,
  );
}

/** One line for all layers that are on their way, gone before anything else is printed. */
function layerProgress(terminal: Terminal): { progress(event: ViewProgress): void; clear(): void } {
  const line = progressLine(terminal);
  const layers = new Map<string, ViewProgress>();
  return {
    progress(event) {
      if (event.isOver) layers.delete(event.digest);
      else layers.set(event.digest, event);
      if (layers.size === 0) line.clear();
      else line.show(() => say(readingText([...layers.values()])));
    },
    clear: () => line.clear(),
  };
}

function readingText(layers: readonly ViewProgress[]): string {
  const sum = (bytesOf: (layer: ViewProgress) => number) =>
    humanSize(layers.reduce((total, layer) => total + bytesOf(layer), 0));
  const done = `${sum(({ readBytes }) => readBytes)} of ${sum(({ sizeBytes }) => sizeBytes)}`;
  const [first] = layers;
  return layers.length === 1
    ? `layer ${shortDigest(first!.digest)}: ${done}`
    : `${layers.length} layers: ${done}`;
}

function noticeText(notice: ViewNotice): string {
  if (notice.kind === "elsewhere") {
    const { reference, host, platform } = notice;
    return platform === undefined
      ? `${reference} is not here: looking in ${host}`
      : `${reference} is not here for ${platform}: looking in ${host}`;
  }
  return `layer ${shortDigest(notice.digest)}: reading all ${humanSize(notice.sizeBytes)} of it once, to check it`;
}
