import { Author, type DataSet, type SetManifest, types } from "./author.ts";
import { type Algorithm, digestOf, freshBytes } from "./registry.ts";

/** What a registry is given to keep. Each is made anew for each check. */
export const dataSets: Readonly<Record<string, () => DataSet>> = {
  image: () => authored((author) => author.manifest({ tag: "image" })),
  uncompressed: () =>
    authored((author) => author.manifest({ tag: "uncompressed", layers: [author.layer(types.layer)] })),
  "large manifest": () =>
    authored((author) => {
      const filler = Array.from({ length: 390 }, (_, at) => [`filler.${at}`, "a".repeat(10_000)]);
      return author.manifest({ tag: "large", annotations: Object.fromEntries(filler) });
    }),
  index: () => authored((author) => author.index({ tag: "index", manifests: twoImages(author) })),
  "nested index": () =>
    authored((author) => {
      const inner = [0, 1].map(() => author.index({ manifests: twoImages(author) }));
      return author.index({ tag: "nested", manifests: inner });
    }),
  "empty index": () =>
    authored((author) => author.index({ tag: "empty", manifests: [], annotations: unique() })),
  artifact: () => authored((author) => author.artifact({ tag: "artifact" })),
  "artifact index": () =>
    authored((author) => {
      const manifests = [author.artifact(), author.artifact()];
      return author.index({ tag: "artifacts", artifactType: types.sbom, manifests });
    }),
  "artifact without layers": () =>
    authored((author) => {
      const nothing = author.blob(types.empty, "{}");
      const annotations = unique();
      const artifactType = types.sbom;
      return author.manifest({ tag: "bare", artifactType, annotations, config: nothing, layers: [nothing] });
    }),
  subject: () =>
    authored((author) => {
      const subject = author.manifest({ tag: "subject" });
      author.manifest({ subject });
      author.artifact({ subject, tag: "sbom", annotations: unique() });
      author.artifact({ subject, tag: "signature", artifactType: types.signature, annotations: unique() });
    }),
  "index with subject": () =>
    authored((author) => {
      const subject = author.index({ tag: "subject", manifests: twoImages(author) });
      author.index({ subject, manifests: [], annotations: unique() });
      author.index({ subject, tag: "sbom", artifactType: types.sbom, manifests: [author.artifact()] });
    }),
  "missing subject": () =>
    authored((author) => {
      const subject = { mediaType: types.image, digest: digestOf(freshBytes(8)), size: 123 };
      author.artifact({ subject, tag: "lonely", annotations: unique() });
    }),
  "data field": () =>
    authored((author) => {
      const content = JSON.stringify({ architecture: "amd64", os: "linux", author: unique().unique });
      const config = { ...author.blob(types.config, content), data: Buffer.from(content).toString("base64") };
      return author.manifest({ tag: "data", config });
    }),
  nondistributable: () =>
    authored((author) => {
      const elsewhere = author.blob(types.foreignLayer, freshBytes(100), false);
      const urls = [`https://store.example.com/${elsewhere.digest}`];
      return author.manifest({ tag: "foreign", layers: [{ ...elsewhere, urls }, author.layer()] });
    }),
  "custom fields": () =>
    authored((author) => {
      const config = { ...author.config(), "org.example.custom": { deep: [1, null, "x"] } };
      return author.manifest({ tag: "custom", config, more: { "org.example.custom": "value" } });
    }),
  "no layers": () => authored((author) => author.manifest({ tag: "no-layers", layers: [] })),
  sparse: () =>
    authored((author) => {
      const absent = author.blob(types.gzipLayer, freshBytes(100), false);
      const present = author.manifest({ tag: "sparse-image", layers: [author.layer(), absent] });
      const missing = { mediaType: types.image, digest: digestOf(freshBytes(8)), size: 500 };
      author.index({ tag: "sparse-index", manifests: [present, missing] });
    }),
  "docker types": () =>
    authored((author) => {
      const config = { ...author.config(), mediaType: types.dockerConfig };
      const layers = [author.layer(types.dockerLayer)];
      return author.manifest({ tag: "docker", mediaType: types.dockerManifest, config, layers });
    }),
  sha512: () => authored((author) => author.index({ tag: "long", manifests: twoImages(author) }), "sha512"),
  "sha512 subject": () =>
    authored((author) => {
      const subject = author.manifest({ tag: "subject" });
      author.artifact({ subject, tag: "sbom", annotations: unique() });
    }, "sha512"),
};

function authored(write: (author: Author) => unknown, algorithm?: Algorithm): DataSet {
  const author = new Author(algorithm);
  write(author);
  return author;
}

function twoImages(author: Author): SetManifest[] {
  return [author.manifest(), author.manifest()];
}

function unique(): Record<string, string> {
  return { unique: Buffer.from(freshBytes(8)).toString("hex") };
}
