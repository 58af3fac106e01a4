import { KasaneError } from "../lib/mod.ts";

/** What a template may cost. Far beyond what anybody writes, and near enough that a hostile one ends soon. */
export const limits = {
  /** Characters of its text. */
  templateSize: 1_000_000,
  /** Parentheses, branches and definitions inside one another. */
  nesting: 500,
  /** Templates that call templates, and everything else that is evaluated inside something. */
  depth: 2_000,
  /** Nodes that are evaluated, rounds of `range` included. */
  steps: 5_000_000,
  /** Characters written, and made on the way. */
  output: 64 * 1024 * 1024,
  /** Characters and items that functions are given to work on. */
  work: 1024 * 1024 * 1024,
} as const;

/** Something is wrong with a template, in Go's words. */
export class TemplateError extends KasaneError {
  constructor(message: string, hint?: string) {
    super("usage", message, hint === undefined ? {} : { hint });
  }
}
