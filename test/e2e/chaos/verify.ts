import { digestOf } from "../../../src/oci/mod.ts";
import type { Pool } from "./images.ts";
import type { Model } from "./model.ts";

/** Asks the server at rest for everything that the model knows, and returns what is not as it must be. */
export async function verify(
  url: string,
  model: Model,
  pool: Pool,
): Promise<{ violations: string[]; checked: number }> {
  const violations: string[] = [];
  const images = new Map(pool.images.map((image) => [image.digest, image]));
  const good = new Set<string>();
  let checked = 0;
  for (const { repository, digest } of model.manifests()) {
    const response = await fetch(`${url}/v2/${repository}/manifests/${digest}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const image = images.get(digest)!;
    if (model.mustHaveManifest(repository, digest)) {
      checked++;
      if (response.status !== 200)
        violations.push(`${repository}@${digest} was acknowledged, now ${response.status}`);
      else if (!Buffer.from(bytes).equals(image.bytes))
        violations.push(`${repository}@${digest} has other bytes`);
      if (image.subject !== undefined) {
        const listed = await (await fetch(`${url}/v2/${repository}/referrers/${image.subject}`)).text();
        if (!listed.includes(digest)) violations.push(`${repository}@${digest} is not among the referrers`);
      }
    } else if (response.status === 200 && model.cannotHaveManifest(repository, digest)) {
      violations.push(`${repository}@${digest} was deleted and is there`);
    }
    for (const blob of model.mustHaveBlobs(repository, digest)) {
      const path = `${repository}/blobs/${blob}`;
      if (good.has(path)) continue;
      checked++;
      const got = await fetch(`${url}/v2/${path}`);
      const content = new Uint8Array(await got.arrayBuffer());
      if (got.status === 200 && digestOf(content) === blob) good.add(path);
      else violations.push(`blob ${blob} of ${repository}@${digest}: ${got.status}, ${content.length} bytes`);
    }
  }
  for (const { repository, tag } of model.tags()) {
    const response = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: "HEAD" });
    const value = response.status === 200 ? response.headers.get("docker-content-digest")! : undefined;
    const candidates = model.tagCandidates(repository, tag);
    checked++;
    if (!candidates.has(value as never)) {
      violations.push(`${repository}:${tag} is ${value}, and can be ${[...candidates].join(", ")}`);
    }
  }
  return { violations, checked };
}
