import type { ImageLayer } from "../image/mod.ts";
import type { Annotations } from "../oci/mod.ts";

/**
 * Annotations on a layer's descriptor that say what made it. Docker's manifests have no room for them. Only what is the same wherever the
 * Dockerfile is built: no path of a machine, no time.
 */
export const causeAnnotations = {
  instruction: "org.kasane.build.instruction",
  file: "org.kasane.build.file",
  line: "org.kasane.build.line",
  stage: "org.kasane.build.stage",
} as const;

/** An instruction may be a whole heredoc; a manifest is no place for it. */
const shownCharacters = 1000;

export interface LayerCause {
  /** On one line, variables expanded. */
  readonly instruction: string;
  /** The Dockerfile as it was named; its directories are left out. Absent for a trigger of the base image. */
  readonly file?: string;
  readonly range: { readonly startLine: number; readonly endLine: number };
  readonly stage: string;
}

/** The layer with its cause written on it. */
export function withCause(layer: ImageLayer, cause: LayerCause): ImageLayer {
  const { instruction, file, range, stage } = cause;
  const { startLine, endLine } = range;
  const annotations: Annotations = {
    ...layer.descriptor.annotations,
    [causeAnnotations.instruction]:
      instruction.length > shownCharacters ? `${instruction.slice(0, shownCharacters)}…` : instruction,
    ...(file === undefined
      ? {}
      : {
          [causeAnnotations.file]: file.slice(file.lastIndexOf("/") + 1),
          [causeAnnotations.line]: startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`,
        }),
    ...(stage === "" ? {} : { [causeAnnotations.stage]: stage }),
  };
  return { ...layer, descriptor: { ...layer.descriptor, annotations } };
}
