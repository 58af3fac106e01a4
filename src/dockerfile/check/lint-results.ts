import type { DockerfileSource } from "../source.ts";
import type { CheckWarning } from "./check-dockerfile.ts";
import { checkRules, ruleUrl } from "./check-rule.ts";

/** What the checks found, as BuildKit's tools read it. `bytes` is the file as it is. */
export function lintResults(
  { name }: DockerfileSource,
  warnings: readonly CheckWarning[],
  bytes: Uint8Array,
) {
  return {
    warnings: warnings.map(({ rule, message, range }) => ({
      ruleName: rule,
      description: checkRules[rule],
      ...(ruleUrl(rule) !== undefined && { url: ruleUrl(rule) }),
      detail: message,
      location: { ranges: [{ start: { line: range.startLine }, end: { line: range.endLine } }] },
    })),
    sources: [{ filename: name, language: "Dockerfile", data: Buffer.from(bytes).toString("base64") }],
  };
}
