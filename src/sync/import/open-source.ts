import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { KasaneError } from "../../lib/mod.ts";
import { distributionStore } from "./distribution-store.ts";
import { isLayout, layoutStore } from "./layout-store.ts";
import type { SourceStore } from "./source-store.ts";

/** Where distribution's tree may begin: people name the root directory of its configuration, or the tree itself. */
const distributionRoots = ["docker/registry/v2", "registry/v2", "."];

export interface SourceOptions {
  /** Absent: found out from what lies there. */
  readonly type?: "distribution" | "layout";
  /** The repository that a single layout becomes. */
  readonly name?: string;
}

/** @throws KasaneError `not-found` where there is no store, `usage` */
export async function openSource(directory: string, options: SourceOptions = {}): Promise<SourceStore> {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new KasaneError("not-found", `cannot import ${directory}: there is no such directory`, {
      hint: "name the directory that the other registry keeps its data in",
    });
  }
  const distribution = distributionRoots
    .map((path) => join(directory, path))
    .find((path) => existsSync(join(path, "repositories")));
  if (options.type !== "layout" && distribution !== undefined) return distributionStore(distribution);
  if (options.type === "distribution") throw notThere(directory, "docker/registry/v2/repositories");
  if (isLayout(directory) && existsSync(join(directory, "meta.db"))) {
    throw new KasaneError("usage", `cannot import ${directory}: it is a store of Kasane itself`, {
      hint: "serve it with --root, or copy images with pull and push",
    });
  }
  const source = layoutStore(directory, options);
  for await (const _ of source.repositories()) return source;
  throw notThere(directory, "docker/registry/v2 of distribution, or oci-layout with index.json");
}

function notThere(directory: string, what: string): KasaneError {
  return new KasaneError("not-found", `cannot import ${directory}: there is no ${what} in it`, {
    hint: "name the directory that the other registry keeps its data in",
  });
}
