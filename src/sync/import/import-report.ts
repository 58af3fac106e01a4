/** Something of the source that did not come along. */
export interface ImportProblem {
  readonly repository: string;
  /** A digest, `tag NAME`, a file. */
  readonly what: string;
  readonly reason: string;
}

/** What an import did, or with `isDryRun` would do. */
export interface ImportReport {
  readonly type: "distribution" | "layout";
  readonly isDryRun: boolean;
  repositories: number;
  /** Came now, and were here already. */
  readonly manifests: Count;
  readonly tags: Count;
  /** Links of blobs to repositories; the bytes of a blob come once. */
  readonly blobs: Count;
  /** Bytes that are shared with the source by hard links (or would be, if they can). */
  linkedBytes: number;
  copiedBytes: number;
  /** Tags that point elsewhere here, and were left so. */
  readonly keptTags: string[];
  readonly problems: ImportProblem[];
  /** There may be more problems than are listed. */
  problemCount: number;
}

export interface Count {
  added: number;
  present: number;
}

/** So many problems are listed; all are counted. */
const listedProblems = 10_000;

export function emptyReport(type: ImportReport["type"], isDryRun: boolean): ImportReport {
  return {
    type,
    isDryRun,
    repositories: 0,
    manifests: { added: 0, present: 0 },
    tags: { added: 0, present: 0 },
    blobs: { added: 0, present: 0 },
    linkedBytes: 0,
    copiedBytes: 0,
    keptTags: [],
    problems: [],
    problemCount: 0,
  };
}

export function addProblem(report: ImportReport, problem: ImportProblem): void {
  report.problemCount++;
  if (report.problems.length < listedProblems) report.problems.push(problem);
}

export function count(counted: Count, isNew: boolean): void {
  if (isNew) counted.added++;
  else counted.present++;
}
