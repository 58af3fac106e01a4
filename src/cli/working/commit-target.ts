import { KasaneError } from "../../lib/mod.ts";
import { type Digest, formatReference, parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { newImageName } from "../images/new-image-name.ts";
import { registryClients } from "../registries/connect.ts";
import { transferProgress } from "../registries/transfer-progress.ts";
import { writeFileAtomically } from "../write-file.ts";

/** Where a commit goes: names in this store, or `deliver` to somewhere else. */
export interface CommitTarget {
  readonly names?: readonly string[];
  readonly deliver?: (manifest: Digest) => Promise<void>;
}

/**
 * `NAME[:TAG]`, nothing (an image without a name), or what skopeo calls a transport: `docker://NAME`, `docker-archive:FILE[:NAME]`, `oci-archive:FILE[:REF]`,
 * `oci:DIR[:REF]`, `dir:DIR`.
 * With `isRegistry` a name alone is one in a registry.
 * @throws KasaneError `invalid-reference`, `usage`
 */
export async function commitTarget(
  context: CommandContext,
  store: LocalStore,
  text: string | undefined,
  { isRegistry = false }: { readonly isRegistry?: boolean } = {},
): Promise<CommitTarget> {
  if (text === undefined) return { names: [] };
  const match = /^(docker:\/\/|docker-archive:|oci-archive:|oci:|dir:|containers-storage:)(.*)$/s.exec(text);
  if (match === null && isRegistry) return { deliver: registryTarget(context, store, text) };
  if (match === null || match[1] === "containers-storage:")
    return { names: [newImageName(match?.[2] ?? text)] };
  const [, transport, rest] = match as unknown as [string, string, string];
  if (transport === "docker://") return { deliver: registryTarget(context, store, rest) };
  const colon = transport === "dir:" ? -1 : rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const ref = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "") {
    throw new KasaneError("usage", `no path is given for ${transport}`, { hint: "write it after the colon" });
  }
  return { deliver: (manifest) => writeTo(context, store, { transport, path, ref }, manifest) };
}

function registryTarget(context: CommandContext, store: LocalStore, name: string) {
  const { flags, terminal, signal } = context;
  const reference = withDefaultTag(parseReference(name));
  return async (manifest: Digest): Promise<void> => {
    const { pushImage } = await import("../../sync/mod.ts");
    const progress = transferProgress(
      { ...terminal, out: terminal.err, drawOut: terminal.drawErr, isOutTty: terminal.isErrTty },
      { quiet: flags.boolean("quiet") },
    );
    const client = (await registryClients(flags, progress))(reference.host);
    await pushImage(store, client, manifest, reference, { progress: progress.listener, signal });
    progress.end();
  };
}

async function writeTo(
  { signal }: CommandContext,
  store: LocalStore,
  { transport, path, ref }: { transport: string; path: string; ref: string | undefined },
  manifest: Digest,
): Promise<void> {
  const image = await import("../../image/mod.ts");
  const source = store.source(manifest);
  const options = { platforms: "all", missingChildren: "skip", signal } as const;
  switch (transport) {
    case "oci:":
      await image.shareLayout(path, () =>
        image.copyImage(
          image.convertSource(source, "oci"),
          image.layoutSink(path, ref ? { ref } : {}),
          options,
        ),
      );
      return;
    case "dir:":
      await image.writeDir(path, async (sink) => void (await image.copyImage(source, sink, options)));
      return;
    default: {
      const names = ref ? [formatReference(withDefaultTag(parseReference(ref)))] : [];
      const format = transport === "oci-archive:" ? "oci" : "docker";
      await writeFileAtomically(path, image.writeArchive([{ source, names }], { format }), signal);
    }
  }
}
