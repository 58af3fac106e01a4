import type { Digest, Platform } from "../oci/mod.ts";
import { MeasuredSpaces } from "./measured-spaces.ts";
import type { ImageSurvey } from "./space-survey.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A blob, or what was made from one: `diff sha256:…` stands for the index and the unpacked directories of a layer. */
export type SpaceNode = Digest | `diff ${Digest}`;

/** What an image as a whole, or one image manifest of it, was found to take. */
export interface MeasuredSpace {
  readonly target: Digest;
  /** The target itself for the whole. */
  readonly manifest: Digest;
  /** Of an image manifest: its image ID. */
  readonly config?: Digest;
  /** As the index says. */
  readonly platform?: Platform;
  /** Everything that this leads to. */
  readonly contents: readonly MeasuredNode[];
  /** Layers as docker counts them: each for the stack of layers that it stands on. */
  readonly chains: readonly { readonly chain: Digest; readonly sizeBytes: number }[];
}

export interface MeasuredNode {
  readonly node: SpaceNode;
  /** Unpacked directories are not among it: they come and go without the database. */
  readonly storedBytes: number;
  /** 0 for what did not come along with the image. */
  readonly transferredBytes: number;
  readonly unpackedBytes: number;
}

export interface MeasuredImage {
  /** The whole first, then the image manifests of an index in its order. */
  readonly spaces: readonly MeasuredSpace[];
  /** Something is on its way here or away: this is right for now, and not kept. */
  readonly isPassing: boolean;
}

export interface SpaceSums {
  readonly transferredBytes: number;
  readonly storedBytes: number;
  readonly unpackedBytes: number;
}

/** One that was measured, now or earlier. */
export interface SpaceRecord extends SpaceSums {
  readonly id: number;
  readonly target: Digest;
  readonly manifest: Digest;
  readonly config: Digest | undefined;
  readonly platform: Platform | undefined;
}

/** Which nodes more than one thing has. */
export interface Sharing {
  /** Those that several spaces have, or that are kept, or were asked for. */
  readonly nodes: readonly SharedNode[];
  /** By something else than a local image, which also keeps what is below. */
  readonly kept: ReadonlySet<SpaceNode>;
  /** What that is, where it is known. */
  readonly keepers: ReadonlyMap<SpaceNode, ReadonlySet<KeeperKind>>;
}

export interface SharedNode {
  readonly node: SpaceNode;
  readonly storedBytes: number;
  /** Ids of the spaces that have it. */
  readonly spaces: readonly number[];
}

/** A hosted repository, a container, the build cache, a running process. */
export type KeeperKind = "repository" | "container" | "cache" | "process";

/** What accounting of space reads. Nothing here walks over what is hosted. */
export interface SpaceTable {
  /**
   * Has the images measured that nobody measured since they changed. `measure` is called inside a transaction, so that nothing of them
   * changes meanwhile. The outcome is kept; where it cannot be (`isReadOnly`, a full disk), for as long as this is open.
   */
  measure(
    measure: (survey: ImageSurvey) => readonly MeasuredImage[],
    options: { isReadOnly: boolean },
  ): Promise<void>;
  /** The whole of an image comes before its image manifests, and those in the order of the index. */
  spaces(): Promise<SpaceRecord[]>;
  /** `others`: nodes that are asked for besides. */
  sharing(others: readonly SpaceNode[]): Promise<Sharing>;
  /** All images together, each thing once. */
  sums(): Promise<SpaceSums>;
  blobs(): Promise<Digest[]>;
  /** All layers of all images as docker counts them, each once. */
  chainBytes(): Promise<number>;
  /** By image ID, its chains: `isShared` with another image ID. */
  chains(ids: readonly Digest[]): Promise<ReadonlyMap<Digest, readonly ChainRecord[]>>;
  /** What the build cache leads to: `isAlone` what nothing else keeps. */
  cached(): Promise<{ readonly node: SpaceNode; readonly isAlone: boolean }[]>;
}

export interface ChainRecord {
  readonly chain: Digest;
  readonly sizeBytes: number;
  readonly isShared: boolean;
}

export function spaceTable(database: SqliteDatabase): SpaceTable {
  const measured = new MeasuredSpaces(database);
  // Few ask for all of it.
  const figures = () => require("./space-figures.ts") as typeof import("./space-figures.ts");
  const sharing = () => require("./space-sharing.ts") as typeof import("./space-sharing.ts");
  const survey = () => require("./space-survey.ts") as typeof import("./space-survey.ts");
  return {
    async measure(measure, { isReadOnly }) {
      measured.complete((targets) => measure(survey().surveyImages(database, targets)), { isReadOnly });
    },
    async spaces() {
      return figures().readSpaces(database, measured.tables);
    },
    async sharing(others) {
      return database.read(() => sharing().readSharing(database, measured.tables, others));
    },
    async sums() {
      return figures().readSums(database, measured.tables);
    },
    async blobs() {
      const rows = database.all<{ node: Digest }>(
        `SELECT DISTINCT node FROM ${measured.tables.contents} WHERE node NOT LIKE 'diff %'`,
      );
      return rows.map(({ node }) => node);
    },
    async chainBytes() {
      return database.first<{ bytes: number }>(
        `SELECT coalesce(sum(size), 0) AS bytes FROM (SELECT max(size) AS size FROM ${measured.tables.chains} GROUP BY chain)`,
      )!.bytes;
    },
    async chains(ids) {
      return figures().readChains(database, measured.tables, ids);
    },
    async cached() {
      if (!database.first("SELECT 1 FROM cache_blobs LIMIT 1")) return [];
      return database.read(() => sharing().readCached(database, measured.tables));
    },
  };
}
