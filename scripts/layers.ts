/**
 * Import direction is a test: a folder of src/ imports only folders of a strictly lower rank, and from another folder only its
 * mod.ts. Type imports count. Run by `npm run ok`; `--help` is this comment.
 */
import { dirname, join, relative, resolve } from "node:path";

const ranks: Record<string, number> = {
  lib: 0,
  oci: 1,
  template: 1,
  tar: 2,
  blob: 2,
  meta: 2,
  dockerfile: 2,
  sandbox: 2,
  layer: 3,
  network: 3,
  distribution: 3,
  registry: 3,
  access: 4,
  retention: 4,
  image: 4,
  store: 5,
  build: 6,
  container: 6,
  look: 6,
  sync: 6,
  working: 7,
  server: 8,
  cli: 9,
};

/**
 * Beside a folder's door: programs of their own, and what commands that only look open, which are to start without loading the rest of the
 * folder.
 */
const entryPoints = new Set([
  "lib/duration.ts",
  "lib/errors.ts",
  "lib/lazily.ts",
  "lib/names-in.ts",
  "lib/near-word.ts",
  "lib/pool.ts",
  "lib/stream.ts",
  "oci/chain-ids.ts",
  "oci/digest.ts",
  "oci/go-container-config.ts",
  "oci/image-children.ts",
  "oci/media-type.ts",
  "oci/parse-config.ts",
  "oci/parse-manifest.ts",
  "oci/platform.ts",
  "oci/reference.ts",
  "meta/sqlite-meta.ts",
  "meta/while-claimed.ts",
  "tar/name-bytes.ts",
  "template/quote.ts",
  "layer/create-upper.ts",
  "layer/layer-index-file.ts",
  "build/build-cache.ts",
  "container/container-size.ts",
  "container/find-container.ts",
  "container/run.ts",
  "container/volumes/container-mount.ts",
  "sandbox/create-sandbox.ts",
  "sandbox/prepared-stage.ts",
  "sandbox/privilege.ts",
  "sandbox/stage.ts",
  "sandbox/stage/interface.ts",
  "sandbox/outer-user.ts",
  "store/open-local-store.ts",
  "store/default-root.ts",
  "store/space/file-sizes.ts",
  "store/volumes/volume-files.ts",
]);

const source = resolve(import.meta.dir, "../src");
const importPattern =
  /(?:^|[\s;])(?:import|export)\s[^"';]*?from\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|[\s;])import\s*"([^"]+)"/g;

export async function checkLayers(): Promise<string[]> {
  const problems: string[] = [];
  const unused = new Set([...Object.keys(ranks), ...entryPoints]);
  for await (const file of new Bun.Glob("**/*.ts").scan({ cwd: source })) {
    const folder = file.includes("/") ? file.slice(0, file.indexOf("/")) : undefined;
    if (folder === undefined) continue;
    const rank = ranks[folder];
    unused.delete(folder);
    if (rank === undefined) {
      problems.push(`src/${file}: folder ${folder}/ has no rank in scripts/layers.ts`);
      continue;
    }
    // A test may use any folder's door: it stands above the code it tests.
    const isTest = /\.(test|fuzz|bench|contract)\.ts$/.test(file) || file.includes("/testing/");
    const text = (await Bun.file(join(source, file)).text()).replaceAll(/\/\*[\s\S]*?\*\//g, "");
    for (const match of text.matchAll(importPattern)) {
      const specifier = match[1] ?? match[2] ?? match[3];
      if (!specifier?.startsWith(".")) continue;
      const target = relative(source, resolve(source, dirname(file), specifier));
      // The version of the package stands in one place.
      if (target === "../package.json") continue;
      const targetFolder = target.includes("/") ? target.slice(0, target.indexOf("/")) : "";
      if (targetFolder === folder) continue;
      const targetRank = ranks[targetFolder];
      unused.delete(target);
      if (
        !target.endsWith("/mod.ts") &&
        !entryPoints.has(target) &&
        !/\.contract\.ts$|\/testing\//.test(target)
      ) {
        problems.push(`src/${file}: imports ${specifier}; from another folder only its mod.ts`);
      }
      if (!isTest && (targetRank === undefined || targetRank >= rank)) {
        problems.push(`src/${file}: ${folder}/ (rank ${rank}) imports ${targetFolder}/ (rank ${targetRank})`);
      }
    }
  }
  for (const each of unused) problems.push(`scripts/layers.ts: ${each} is not there, or nobody enters it`);
  return problems.sort();
}

if (import.meta.main) {
  const problems = await checkLayers();
  for (const problem of problems) console.error(problem);
  process.exit(problems.length === 0 ? 0 : 1);
}
