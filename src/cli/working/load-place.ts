import { KasaneError } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";

/**
 * Brings the image of a file or directory (`docker-archive:FILE[:REF]`, `oci-archive:`, `oci:DIR[:REF]`, `dir:DIR`) into the store. Undefined for what is
 * no such place.
 * @throws KasaneError `not-found`, `usage`, and those of archives
 */
export async function loadPlace(
  { signal }: Pick<CommandContext, "signal">,
  store: LocalStore,
  text: string,
): Promise<Digest | undefined> {
  const match = /^(docker-archive|oci-archive|oci|dir):(.+)$/s.exec(text);
  if (match === null) return undefined;
  const [, transport, rest] = match as unknown as [string, string, string];
  const colon = transport === "dir" ? -1 : rest.indexOf(":");
  const [path, ref] = colon < 0 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)];
  const { copyImage, openArchive } = await import("../../image/mod.ts");
  const work = await store.workDirectory("load");
  try {
    await using archive = await openArchive(path, { tempDir: work.path });
    const image = archive.images.find(
      ({ names, refNames }) => !ref || [...names, ...refNames].some((name) => isNamed(name, ref)),
    );
    if (image === undefined) {
      throw new KasaneError("not-found", `${path} has no image ${ref ?? ""}`.trim(), {
        hint: "leave the name out for its first image",
      });
    }
    return await store.withLease("load", async (lease) => {
      const { root } = await copyImage(image.source, store.sink({ lease, names: image.names }), {
        platforms: "all",
        missingChildren: "skip",
        direction: "load",
        isThere: async ({ digest }) => (await store.blobs.stat(digest)) !== undefined,
        signal,
      });
      return root.digest;
    });
  } finally {
    await work.dispose();
  }
}

function isNamed(name: string, ref: string): boolean {
  return name === ref || name.endsWith(`/${ref}`) || name === `${ref}:latest`;
}
