import type { RawPair } from "./arguments.ts";
import type { ParserDirectives } from "./directives.ts";
import type { Heredoc } from "./heredoc.ts";
import type { DockerfileSource, SourceRange } from "./source.ts";

/** One instruction, split into its parts and not yet understood. */
export interface SyntaxNode {
  /** As written: `RUN`, `run`. */
  readonly name: string;
  /** `--x=y`, quotes removed. */
  readonly flags: readonly string[];
  /**
   * The arguments, split as this instruction splits them: the whole text is one word for RUN, CMD, USER …; the type comes
   * first for HEALTHCHECK. Empty for ENV and LABEL (see pairs) and for unknown instructions.
   */
  readonly words: readonly string[];
  /** True when the words came from a JSON array. */
  readonly isJson: boolean;
  /** ENV and LABEL. */
  readonly pairs?: readonly RawPair[];
  /** ONBUILD: the instruction to run later. */
  readonly trigger?: SyntaxNode;
  readonly heredocs: readonly Heredoc[];
  /** The logical line: continuations joined, comments gone, heredoc contents not included. */
  readonly original: string;
  /** Heredocs included. */
  readonly range: SourceRange;
  /** The comment lines right above, without `#`. */
  readonly comments: readonly string[];
}

export interface SyntaxWarning {
  readonly rule: "NoEmptyContinuation";
  readonly message: string;
  readonly range: SourceRange;
}

export interface SyntaxTree {
  readonly source: DockerfileSource;
  readonly directives: ParserDirectives;
  readonly nodes: readonly SyntaxNode[];
  readonly warnings: readonly SyntaxWarning[];
}
