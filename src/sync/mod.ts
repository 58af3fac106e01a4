export { type ImportOptions, importRegistry, type RepositoryFigures } from "./import/import-registry.ts";
export type { ImportProblem, ImportReport } from "./import/import-report.ts";
export { openSource, type SourceOptions } from "./import/open-source.ts";
export * from "./pull.ts";
export * from "./push.ts";
export type * from "./upstream-config.ts";
