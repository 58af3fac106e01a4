import {
  copyImage,
  layoutSink,
  shareLayout,
  subjectAnnotation,
  writeArchive,
  writeDir,
} from "../../image/mod.ts";
import type { Attestation } from "../attest/attestation-manifest.ts";
import type { ImageShape } from "../image-shape.ts";
import type { BuildOutput } from "./build-output.ts";

/** An image archive, as writeArchive() makes them. `write` gets its bytes. */
export function archiveOutput(options: {
  readonly format: "oci" | "docker";
  /** Canonical names with tag; none is fine. */
  readonly names: readonly string[];
  readonly write: (archive: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly shape?: Partial<ImageShape>;
}): BuildOutput {
  const { format, names, shape, write } = options;
  return {
    title: `${format} image format`,
    ...(shape && { shape }),
    write({ source, descriptor: { annotations }, attestations }) {
      const image = { source, names, ...(annotations && { annotations }) };
      return write(writeArchive([image, ...attestations.map(besideImage)], { format }));
    },
  };
}

/** containerd's mark: it stands in index.json for the sake of another manifest. */
function besideImage({ source, subject }: Attestation) {
  return { source, names: [], annotations: { [subjectAnnotation]: subject } };
}

/** A directory as skopeo's transport `dir` has it. */
export function dirOutput(directory: string): BuildOutput {
  return {
    title: "directory",
    write: ({ source }, { signal }) =>
      writeDir(directory, async (sink) => {
        await copyImage(source, sink, { platforms: "all", signal });
      }),
  };
}

/** An OCI layout in a directory, beside the images that are in it. */
export function layoutOutput(options: {
  readonly directory: string;
  /** What the image is called there: tags. */
  readonly refs: readonly string[];
  readonly shape?: Partial<ImageShape>;
}): BuildOutput {
  const { directory, refs, shape } = options;
  return {
    title: "oci image format",
    ...(shape && { shape }),
    write: ({ source, descriptor: { annotations }, attestations }, { signal }) =>
      shareLayout(directory, async () => {
        for (const attestation of attestations) {
          const { source: statements, annotations: marks } = besideImage(attestation);
          await copyImage(statements, layoutSink(directory, { annotations: marks }), {
            platforms: "all",
            signal,
          });
        }
        for (const ref of refs.length > 0 ? refs : [undefined]) {
          const sink = layoutSink(directory, {
            ...(ref !== undefined && { ref }),
            ...(annotations && { annotations }),
          });
          await copyImage(source, sink, { platforms: "all", signal });
        }
      }),
  };
}
