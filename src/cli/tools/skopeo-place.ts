import { type Archive, type ImageSource, openArchive } from "../../image/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import { parseReference, type Reference, withDefaultTag } from "../../oci/mod.ts";
import { locateImage } from "../../sync/mod.ts";
import type { CommandContext } from "../command.ts";
import { registryClients } from "../registries/connect.ts";

/** Where skopeo's `TRANSPORT:NAME` is. */
export type SkopeoPlace =
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "files"; readonly path: string; readonly ref?: string };

/** @throws KasaneError `usage` for what is no transport that can be read here */
export function parseSkopeoPlace(text: string): SkopeoPlace {
  if (text.startsWith("docker://"))
    return { kind: "registry", reference: withDefaultTag(parseReference(text.slice("docker://".length))) };
  const match = /^(docker-archive|oci-archive|oci|dir):(.+)$/s.exec(text);
  if (match === null) {
    throw new KasaneError(
      "usage",
      `invalid image name ${JSON.stringify(text)}: it begins with no transport`,
      {
        hint: "docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR can be read",
      },
    );
  }
  const [, transport, rest] = match as unknown as [string, string, string];
  const colon = transport === "dir" ? -1 : rest.indexOf(":");
  if (colon < 0) return { kind: "files", path: rest };
  return { kind: "files", path: rest.slice(0, colon), ref: rest.slice(colon + 1) };
}

/** Hands the image of a place to `use`; it can be read until that returns. */
export async function withSkopeoImage<T>(
  context: CommandContext,
  place: SkopeoPlace,
  use: (source: ImageSource) => Promise<T>,
): Promise<T> {
  const { flags, signal } = context;
  if (place.kind === "registry") {
    const { host, repository, tag, digest } = place.reference;
    const name = digest ? `${host}/${repository}@${digest}` : `${host}/${repository}:${tag}`;
    const { source } = await locateImage(name, { client: await registryClients(flags), signal });
    return use(source);
  }
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const tempDir = mkdtempSync(`${tmpdir()}/kasane-skopeo-`);
  try {
    await using archive = await openArchive(place.path, { tempDir });
    return await use(imageNamed(archive, place).source);
  } finally {
    rmSync(tempDir, { recursive: true, force: true });
  }
}

/** @throws KasaneError `not-found` */
function imageNamed(archive: Archive, { path, ref }: Extract<SkopeoPlace, { kind: "files" }>) {
  const isNamed = (name: string) =>
    name === ref || name.endsWith(`/${ref}`) || name.endsWith(`/${ref}:latest`);
  const image = archive.images.find(({ names, refNames }) => !ref || [...names, ...refNames].some(isNamed));
  if (image !== undefined) return image;
  throw new KasaneError("not-found", `${path} has no image ${ref ?? ""}`.trim(), {
    hint: "leave the name out for its first image",
  });
}
