import type { ImageViewer, ViewNotice } from "../look/mod.ts";
import { parsePlatform, shortDigest } from "../oci/mod.ts";
import type { CommandContext } from "./command.ts";
import { registryClients, registryFlags } from "./connect.ts";
import type { Flag } from "./flags.ts";
import { tell } from "./messages/tell.ts";
import { humanSize } from "./units.ts";

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
  const { viewImages } = await import("../look/mod.ts");
  const platform = flags.string("platform");
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
      notice: (notice) => tell(terminal, noticeText(notice)),
      signal,
    },
    work,
  );
}

function noticeText(notice: ViewNotice): string {
  if (notice.kind === "elsewhere") return `${notice.reference} is not here: looking in ${notice.host}`;
  return `layer ${shortDigest(notice.digest)}: reading all ${humanSize(notice.sizeBytes)} of it once, to check it`;
}
