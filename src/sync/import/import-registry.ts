import { type FileSystemBlobStore, openFileSystemBlobs } from "../../blob/mod.ts";
import type { LeaseId, Meta } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { emptyReport, type ImportProblem, type ImportReport } from "./import-report.ts";
import { importRepository } from "./import-repository.ts";
import type { SourceStore } from "./source-store.ts";

export interface ImportOptions {
  /** Repositories to import; absent: all. */
  readonly wants?: (repository: string) => boolean;
  /** Counts what would come and changes nothing. Bytes are not hashed, so damage is not found. */
  readonly isDryRun?: boolean;
  /** Tags that point elsewhere here are moved to what the source says. Without it they stay, as pushed since. */
  readonly overwritesTags?: boolean;
  /** Files taken over side by side. */
  readonly jobs?: number;
  /** After every step of some size, with the figures so far. */
  readonly onProgress?: (progress: { repository: string; hashedBytes: number; report: ImportReport }) => void;
  /** A repository is complete, and can be pulled. */
  readonly onRepository?: (repository: string, figures: RepositoryFigures) => void;
  readonly onProblem?: (problem: ImportProblem) => void;
  readonly signal?: AbortSignal;
}

/** What one repository brought. */
export interface RepositoryFigures {
  readonly manifests: number;
  readonly tags: number;
  readonly blobs: number;
  readonly bytes: number;
}

/** What every step of an import works with. */
export interface ImportContext {
  readonly meta: Meta;
  readonly blobs: FileSystemBlobStore;
  readonly lease: LeaseId;
  readonly workDirectory: string;
  readonly report: ImportReport;
  readonly options: ImportOptions;
  hashedBytes: number;
  /** Of a dry run: the blobs it has counted, which repositories share. */
  readonly foretold: Set<Digest>;
}

/**
 * Brings everything of another registry's store into this one, beside whatever serves it: bytes are linked and never moved, a
 * repository at a time is complete, and what is here already is passed over, so that an import that was killed goes on where it was.
 * What is damaged or missing at the source is told and left out.
 */
export async function importRegistry(
  store: LocalStore,
  source: SourceStore,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const report = emptyReport(source.type, options.isDryRun ?? false);
  const work = options.isDryRun ? undefined : await store.workDirectory("import");
  try {
    await store.withLease("import", async (lease) => {
      const context: ImportContext = {
        meta: store.meta,
        blobs: openFileSystemBlobs(store.root),
        lease,
        workDirectory: work?.path ?? "",
        report,
        options,
        hashedBytes: 0,
        foretold: new Set(),
      };
      for await (const repository of source.repositories()) {
        options.signal?.throwIfAborted();
        if (options.wants && !options.wants(repository.name)) continue;
        await importRepository(context, repository);
      }
    });
  } finally {
    await work?.dispose();
  }
  return report;
}
