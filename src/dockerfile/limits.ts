/** What a Dockerfile may be at most. Each is far above what people write; beyond it the file is refused, never cut. */
export interface DockerfileLimits {
  /** Of the whole file, bytes. */
  readonly maxBytes: number;
  readonly maxLines: number;
  /** Of one line as it stands in the file, characters. */
  readonly maxLineLength: number;
  readonly maxHeredocsPerInstruction: number;
  readonly maxInstructions: number;
}

export const defaultDockerfileLimits: DockerfileLimits = {
  maxBytes: 4 * 1024 * 1024,
  maxLines: 100_000,
  maxLineLength: 1024 * 1024,
  maxHeredocsPerInstruction: 256,
  maxInstructions: 10_000,
};

/** How deep `${a:-${b:-…}}` may nest. */
export const maxExpansionDepth = 64;

/** Characters a single word may grow to: `ENV A=$A$A` doubles with every line. */
export const maxExpandedLength = 1024 * 1024;
