export { ArgumentError, type RawPair } from "./arguments.ts";
export { parseByteSize } from "./byte-size.ts";
export {
  type CheckedBase,
  type CheckOptions,
  type CheckWarning,
  checkDockerfile,
} from "./check/check-dockerfile.ts";
export {
  allChecks,
  type CheckSelection,
  mergeSelections,
  parseCheckSelection,
} from "./check/check-options.ts";
export { type CheckRule, checkRules, ruleUrl } from "./check/check-rule.ts";
export { lintResults } from "./check/lint-results.ts";
export { cleanPath } from "./clean-path.ts";
export { splitCsv } from "./csv.ts";
export { type ParserDirectives, readDirectives } from "./directives.ts";
export { type ExpandOptions, expandWord, expandWords, type VariableLookup } from "./expand.ts";
export { expandInstruction } from "./expand-instruction.ts";
export { compileFileGlob, GlobError, hasWildcards, matchesWhole } from "./glob.ts";
export { goQuote, goQuoteList } from "./go-quote.ts";
export { type Heredoc, heredocText, parseHeredocStart } from "./heredoc.ts";
export { ignoreFileLimits, ignoreFileNames, parseIgnoreFile } from "./ignore-file.ts";
export * from "./instruction.ts";
export { type DockerfileLimits, defaultDockerfileLimits } from "./limits.ts";
export { type Dockerfile, findStage, parseDockerfile, parseTrigger, type Stage } from "./parse-dockerfile.ts";
export { parseInstruction } from "./parse-instruction.ts";
export { type ParseSyntaxOptions, parseSyntax } from "./parse-syntax.ts";
export { type ParentMatch, PathMatcher } from "./path-matcher.ts";
export { defaultPath, isProxyArg, platformArgs } from "./platform-args.ts";
export { parsePorts } from "./ports.ts";
export type { RunDevice } from "./run-device.ts";
export { type CacheSharing, parseRunMount, type RunMount, type RunMountType } from "./run-mount.ts";
export { DockerfileSource, type SourceRange } from "./source.ts";
export { StageVariables, splitEnv, withEnv } from "./stage-variables.ts";
export type { SyntaxNode, SyntaxTree, SyntaxWarning } from "./syntax-tree.ts";
