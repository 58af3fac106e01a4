import { openFileSystemBlobs } from "../../blob/mod.ts";
import type { LocalStore } from "../local-store.ts";
import { checkBlobs } from "./check-blobs.ts";
import { checkDatabase } from "./check-database.ts";
import { checkGarbage } from "./check-garbage.ts";
import { checkImages } from "./check-images.ts";
import { checkLayers } from "./check-layers.ts";
import { checkLinks } from "./check-links.ts";
import { checkManifests } from "./check-manifests.ts";
import { checkUploads } from "./check-uploads.ts";
import { checkVolumes } from "./check-volumes.ts";
import type { Finding, FsckReport } from "./finding.ts";
import type { FsckContext } from "./fsck-context.ts";

export interface FsckOptions {
  /** Sizes only: no blob is read, unless its size is wrong. */
  readonly quick?: boolean;
  /** Puts right what can be, moves aside what is damaged, and removes what nothing refers to. */
  readonly repair?: boolean;
  /** Blobs read side by side. */
  readonly jobs?: number;
  readonly onProgress?: (progress: { step: string; report: FsckReport }) => void;
  readonly onFinding?: (finding: Finding) => void;
  readonly signal?: AbortSignal;
}

/** So many findings are listed; all are counted. */
const listedFindings = 10_000;

/**
 * Looks at everything that the store says and has. Others may work on it meanwhile: what seems to be missing is looked at again while
 * it is held, and what is repaired is taken from everybody for that moment. Nothing that lives is removed, and nothing that was
 * damaged is thrown away.
 */
export async function checkStore(store: LocalStore, options: FsckOptions = {}): Promise<FsckReport> {
  const report: FsckReport = {
    isQuick: options.quick ?? false,
    isRepair: options.repair ?? false,
    checked: { blobs: 0, bytes: 0, manifests: 0, links: 0, layers: 0, images: 0, uploads: 0, volumes: 0 },
    sparseManifests: 0,
    findings: [],
    problems: 0,
    leftovers: 0,
    repaired: 0,
  };
  await withHolds(store, async (holding) => {
    const context: FsckContext = {
      root: store.root,
      meta: store.meta,
      blobs: openFileSystemBlobs(store.root),
      holding,
      report,
      isQuick: report.isQuick,
      isRepair: report.isRepair,
      jobs: options.jobs ?? 4,
      found(finding) {
        if (finding.weight === "problem") report.problems++;
        else report.leftovers++;
        if (finding.repaired !== undefined) report.repaired++;
        if (report.findings.length < listedFindings) report.findings.push(finding);
        options.onFinding?.(finding);
      },
      progress(step) {
        options.signal?.throwIfAborted();
        options.onProgress?.({ step, report });
      },
    };
    // What comes first is what the later steps rely on: rows that fit each other, bytes that are what they are called.
    await checkDatabase(context);
    await checkManifests(context);
    await checkBlobs(context);
    await checkLinks(context);
    await checkLayers(context);
    await checkImages(context);
    await checkUploads(context);
    await checkVolumes(context);
    await checkGarbage(context);
  });
  return report;
}

/** On a store that cannot be written nobody removes anything, and nothing can be held. */
async function withHolds(
  store: LocalStore,
  check: (holding: FsckContext["holding"]) => Promise<void>,
): Promise<void> {
  if (store.isReadOnly) return check((_, work) => work());
  const { leases } = store.meta;
  await store.withLease("fsck", (lease) =>
    check(async (digest, work) => {
      await leases.hold(lease, [digest]);
      try {
        return await work();
      } finally {
        await leases.drop(lease, [digest]);
      }
    }),
  );
}
