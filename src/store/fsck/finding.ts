import type { Users } from "../../meta/mod.ts";

/** What can be wrong with a store. */
export type FindingKind =
  /** The database's file itself. */
  | "database"
  /** A row that belongs to a row that is not there. */
  | "orphan-rows"
  /** The bytes of a blob or manifest are not what its digest says. */
  | "damaged-blob"
  | "damaged-manifest"
  /** Rows say that bytes are there, and they are not. */
  | "missing-blob"
  /** A local image without all of its parts. */
  | "incomplete-image"
  /** What is kept beside the bytes says something else than the bytes. */
  | "wrong-facts"
  /** Garbage that the collector would never come to. */
  | "forgotten-garbage"
  /** Bytes that no row knows. */
  | "stray-blob"
  | "stray-index"
  | "abandoned-upload"
  | "damaged-volume";

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** `problem`: somebody may get nothing or the wrong thing. `leftover`: only takes room. */
  readonly weight: "problem" | "leftover";
  /** A digest, a table, an upload's id. */
  readonly what: string;
  readonly reason: string;
  /** Whom it concerns: what has to be pushed or pulled again where bytes are lost. */
  readonly users?: Users;
  /** What was done about it; absent where nothing was. */
  readonly repaired?: string;
}

export interface FsckReport {
  readonly isQuick: boolean;
  readonly isRepair: boolean;
  readonly checked: {
    blobs: number;
    bytes: number;
    manifests: number;
    links: number;
    layers: number;
    images: number;
    uploads: number;
    volumes: number;
  };
  /** Manifests of repositories that name blobs which are not here, as clients may push them: no fault of the store. */
  sparseManifests: number;
  readonly findings: Finding[];
  /** There may be more than are listed. */
  problems: number;
  leftovers: number;
  repaired: number;
}

/** Problems that are still there. */
export function openProblems(report: FsckReport): number {
  return report.findings.filter((each) => each.weight === "problem" && each.repaired === undefined).length;
}
