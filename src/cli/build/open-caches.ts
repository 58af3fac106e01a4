import {
  type BuildOptions,
  builderSwitch,
  type CacheSource,
  type CacheTarget,
  localCacheSource,
  localCacheTarget,
} from "../../build/mod.ts";
import { registrySink, registrySource } from "../../image/mod.ts";
import { isKasaneError } from "../../lib/mod.ts";
import { formatReference, parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { registryClients } from "../registries/connect.ts";
import { parseCacheFrom, parseCacheTo } from "./parse-cache.ts";

/** Understands `--cache-from` and `--cache-to`. Nothing is opened yet. @throws KasaneError `usage` */
export function openCaches(
  context: CommandContext,
  buildArgs: Readonly<Record<string, string>>,
): Pick<BuildOptions, "cacheFrom" | "cacheTo" | "inlineCache"> {
  const { flags } = context;
  const to = flags.strings("cache-to").map(parseCacheTo);
  const cacheFrom = flags
    .strings("cache-from")
    .flatMap(parseCacheFrom)
    .map((spec) =>
      spec.kind === "local"
        ? localCacheSource(spec.directory, spec.tag)
        : registryCacheSource(context, spec.reference, spec.isImage),
    );
  const cacheTo = to.flatMap((spec): CacheTarget[] => {
    if (spec.kind === "inline") return [];
    if (spec.kind === "local") return [localCacheTarget(spec.directory, spec)];
    return [registryCacheTarget(context, spec.reference, spec)];
  });
  const isInline =
    to.some(({ kind }) => kind === "inline") || builderSwitch(buildArgs, "BUILDKIT_INLINE_CACHE");
  return { cacheFrom, cacheTo, inlineCache: isInline };
}

/** An image that is here is looked at here, as docker does; everything else in its registry. */
function registryCacheSource(context: CommandContext, name: string, isImage: boolean): CacheSource {
  const reference = withDefaultTag(parseReference(name));
  return {
    name,
    async open() {
      const local = isImage ? await localImage(await context.store(), formatReference(reference)) : undefined;
      if (local) return local;
      const client = (await registryClients(context.flags))(reference.host);
      const { signal } = context;
      return {
        source: registrySource({ client, reference, signal }),
        has: async ({ digest }) =>
          (await client.headBlob(reference.repository, digest, { signal })) !== undefined,
      };
    },
  };
}

async function localImage(store: LocalStore, name: string) {
  try {
    const { record } = await store.find(name);
    return {
      source: store.source(record.target),
      has: async ({ digest, size }: { digest: Parameters<LocalStore["blobs"]["stat"]>[0]; size: number }) =>
        (await store.blobs.stat(digest))?.sizeBytes === size,
    };
  } catch (error) {
    if (isKasaneError(error, "not-found")) return undefined;
    throw error;
  }
}

function registryCacheTarget(
  context: CommandContext,
  name: string,
  options: Pick<CacheTarget, "mode" | "ignoreError" | "hasMounts">,
): CacheTarget {
  const reference = withDefaultTag(parseReference(name));
  const { mode, ignoreError, hasMounts } = options;
  return {
    name,
    mode,
    ignoreError,
    hasMounts,
    async write(put) {
      const client = (await registryClients(context.flags))(reference.host);
      await put(registrySink({ client, reference, signal: context.signal }));
    },
  };
}
