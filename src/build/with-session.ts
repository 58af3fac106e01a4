import { BuildJournal } from "./cache/build-journal.ts";
import { ImportedCaches } from "./cache/imported-caches.ts";
import { LazyLayers } from "./cache/lazy-layers.ts";
import { LayerCache } from "./layer-cache.ts";
import type { BuildOptions } from "./options.ts";
import { BuildSession } from "./session.ts";

/** What all steps of one build share, for as long as `use` works: its lease, its private directory, its caches. */
export async function withSession<T>(
  options: BuildOptions,
  signal: AbortSignal,
  use: (session: BuildSession) => Promise<T>,
): Promise<T> {
  const { store } = options;
  const work = await store.workDirectory("build");
  try {
    return await store.withLease("build", async (lease) => {
      const imported = new ImportedCaches(options.cacheFrom ?? [], {
        onWarning: (message) => options.progress?.({ kind: "warning", message }),
      });
      const lazy = new LazyLayers();
      const cache = new LayerCache({
        store,
        imported,
        lazy,
        lease,
        compression: options.compression ?? "gzip",
        level: options.compressionLevel,
        isReadable: !options.noCache,
        maxAgeMs: options.cacheMaxAgeMs,
      });
      const journal = new BuildJournal({
        history: store.meta.buildHistory,
        isExplained: options.explain ?? false,
      });
      const session = new BuildSession({
        store,
        lease,
        cache,
        journal,
        imported,
        lazy,
        options,
        signal,
        workDirectory: work.path,
      });
      try {
        return await use(session);
      } finally {
        await Promise.all([imported.close(), session.end()]);
      }
    });
  } finally {
    await work.dispose();
  }
}
