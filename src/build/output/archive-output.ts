import { copyImage, layoutSink, writeArchive } from "../../image/mod.ts";
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
    ...(shape && { shape }),
    write: ({ source, descriptor: { annotations } }) =>
      write(writeArchive([{ source, names, ...(annotations && { annotations }) }], { format })),
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
    ...(shape && { shape }),
    async write({ source, descriptor: { annotations } }, { signal }) {
      for (const ref of refs.length > 0 ? refs : [undefined]) {
        const sink = layoutSink(directory, {
          ...(ref !== undefined && { ref }),
          ...(annotations && { annotations }),
        });
        await copyImage(source, sink, { platforms: "all", signal });
      }
    },
  };
}
