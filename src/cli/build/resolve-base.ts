import type { BaseImage, ResolveBase } from "../../build/mod.ts";
import type { RegistryClient } from "../../distribution/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { formatReference, type Platform, type Reference, withDefaultTag } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { registryClients } from "../registries/connect.ts";
import { pullPolicy } from "./pull-policy.ts";

/** The store first, as docker does; a registry where the image is not here, or as --pull has it. */
export function baseResolver(context: CommandContext, store: LocalStore): ResolveBase {
  const { flags, terminal } = context;
  const policy = pullPolicy(flags);
  return async (reference, { platform, signal = context.signal, isLazy = false, progress }) => {
    const name = formatReference(withDefaultTag(reference));
    const find = () => store.find(name, platform ? { platform } : {});
    let missing: unknown;
    if (policy === "missing" || policy === "never") {
      try {
        return await find();
      } catch (error) {
        if (!isKasaneError(error, "not-found") || policy === "never") throw error;
        missing = error;
      }
    }
    const isQuiet = flags.boolean("quiet");
    const onWait = (host: string, text: string) => terminal.err(`${host}: retrying ${text}\n`);
    const client = (await registryClients(flags, isQuiet ? {} : { onWait }))(reference.host);
    const pull = async () => {
      const { pullImage } = await import("../../sync/mod.ts");
      if (!isQuiet) terminal.err(`pulling ${name}\n`);
      await pullImage(store, client, reference, {
        ...(platform && { platform }),
        ...(progress && { progress }),
        signal,
      });
      return find();
    };
    const bring = () => (isLazy ? lazyBase({ client, reference, platform, signal, pull }) : pull());
    if (policy !== "newer") {
      return bring().catch(async (error: unknown) => {
        const { nearInstead } = await import("../../store/mod.ts");
        throw nearInstead(error, missing);
      });
    }
    try {
      return await bring();
    } catch (error) {
      if (isKasaneError(error, "cancelled")) throw error;
      // Whatever keeps the registry from answering: what is here will do.
      return find().catch(() => {
        throw error;
      });
    }
  };
}

/** Only manifest and config: where every step on top comes out of a cache, nobody needs the layers. */
async function lazyBase(parts: {
  client: RegistryClient;
  reference: Reference;
  platform: Platform | undefined;
  signal: AbortSignal;
  pull: () => Promise<BaseImage>;
}): Promise<BaseImage> {
  const { client, platform, signal, pull } = parts;
  const reference = withDefaultTag(parts.reference);
  const { imageFrom, registrySource } = await import("../../image/mod.ts");
  const registry = registrySource({ client, reference, signal });
  const root = await registry.root();
  const { raw, manifest, config } = await imageFrom(
    { ...registry, root: async () => root },
    platform ? { platform } : {},
  );
  return {
    record: {
      target: root.digest,
      names: [formatReference(reference)],
      repoDigests: [],
      storedAtMs: Date.now(),
    },
    raw,
    manifest,
    config,
    id: manifest.config.digest,
    async bring() {
      const pulled = await pull();
      if (pulled.raw.digest === raw.digest) return;
      throw new KasaneError(
        "conflict",
        `${formatReference(reference)} became another image while it was built on`,
        {
          hint: "build again",
        },
      );
    },
  };
}
