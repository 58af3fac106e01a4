import type { Compression } from "../layer/mod.ts";
import type { ByteSource, KasaneError, ProgressListener } from "../lib/mod.ts";
import type {
  Descriptor,
  Digest,
  ImageConfig,
  ImageManifest,
  Platform,
  RawManifest,
  Reference,
} from "../oci/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import type { AttestationRequest } from "./attest/attest.ts";
import type { BuiltImage } from "./built-image.ts";
import type { CacheSource, CacheTarget } from "./cache/cache-place.ts";
import type { Entitlement } from "./entitlements.ts";
import type { GitLimits } from "./git/git-limits.ts";
import type { ImageChanges } from "./image-changes.ts";
import type { ImageAnnotation } from "./image-shape.ts";
import type { BuildOutput } from "./output/build-output.ts";
import type { BuildListener, BuildStep } from "./progress.ts";
import type { RunSurroundings } from "./run-surroundings.ts";
import type { DeviceGrants } from "./step-devices.ts";
import type { StepDifference } from "./verify/reproducibility.ts";

/** Where COPY and ADD read from. */
export type BuildContext =
  | { readonly kind: "directory"; readonly path: string }
  /** A tar, compressed or not; read to its end. */
  | { readonly kind: "tar"; readonly stream: ByteSource }
  /** A repository, as ADD writes it. */
  | { readonly kind: "git"; readonly address: string; readonly keepGitDir?: boolean }
  /** What an http(s) address gives: an archive of the context, or a Dockerfile alone. */
  | { readonly kind: "http"; readonly address: string }
  /** No files: a Dockerfile on stdin alone. */
  | { readonly kind: "none" };

/** Which Dockerfile. */
export type DockerfileSelection =
  /** A file of this machine (for a tar context: of the tar). */
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "text"; readonly text: string | Uint8Array; readonly name?: string };

/**
 * What a name in FROM, `COPY --from` or a mount's `from` means instead of a stage or an image of that name. Paths are those of this machine;
 * the `.dockerignore` of a directory counts.
 */
export type NamedContext =
  | Exclude<BuildContext, { kind: "tar" | "none" }>
  | { readonly kind: "image"; readonly reference: Reference }
  /** An OCI layout: the image of this tag, or `@` and digest; else its only one. */
  | { readonly kind: "layout"; readonly path: string; readonly ref?: string }
  /** A stage of the Dockerfile. */
  | { readonly kind: "stage"; readonly name: string };

/**
 * Brings an image that FROM or `--from` names into the store: what is there already, else pulled. `platform` is absent where nobody
 * asked for one: the host's, or whatever a single-platform image has.
 * @throws KasaneError `not-found` and whatever pulling throws
 */
export type ResolveBase = (
  reference: Reference,
  options: {
    readonly platform?: Platform;
    readonly signal?: AbortSignal;
    /** It may do without the layers of an image that is not here. */
    readonly isLazy?: boolean;
    /** Hears of layers on their way. */
    readonly progress?: ProgressListener;
  },
) => Promise<BaseImage>;

/** A base; `bring` gets its layers, where only its manifest and config were asked for. */
export interface BaseImage extends LocalImage {
  readonly bring?: () => Promise<void>;
}

export interface BuildOptions {
  readonly store: LocalStore;
  readonly context: BuildContext;
  /** By name; of an image's name, the tag may be left out as in FROM. */
  readonly contexts?: ReadonlyMap<string, NamedContext>;
  /** Absent: `Dockerfile`, else `Containerfile`, of the context. */
  readonly dockerfile?: DockerfileSelection;
  /** Canonical names with tag. Empty: the image has no name. */
  readonly tags?: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** A stage's name or number; absent: the last. */
  readonly target?: string;
  /** Stages above the target that it does not need are built as well. */
  readonly allStages?: boolean;
  /** The stages below the target are kept in the store, as images without a name. `labels`: these say which stage of what they are. */
  readonly saveStages?: { readonly labels: boolean };
  /** Runs every step again; results still go to the cache. */
  readonly noCache?: boolean;
  /** Stages (names or numbers) whose steps run again. */
  readonly noCacheFilter?: readonly string[];
  /** Where results are looked for beside the store, in this order. */
  readonly cacheFrom?: readonly CacheSource[];
  /** Where results go when everything is built. */
  readonly cacheTo?: readonly CacheTarget[];
  /** The image carries the keys of its own layers. OCI media types only. */
  readonly inlineCache?: boolean;
  /** When a build that ran something ends, what was not used for the longest goes until the cache is no larger. Absent: it may grow. */
  readonly cacheLimitBytes?: number;
  /** Says of every step that runs what changed since the nearest one before it. */
  readonly explain?: boolean;
  /** Several make an index. Absent: the host's, or whatever a base of a single platform has. */
  readonly platforms?: readonly Platform[];
  /** Set on the result, over those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly changes?: Omit<ImageChanges, "labels">;
  /** Stands in the first FROM in place of what is written there. */
  readonly from?: string;
  /** Of this machine, in place of the context's ignore file. */
  readonly ignoreFile?: string;
  /** Results that are older are made anew. */
  readonly cacheMaxAgeMs?: number;
  /** Seconds since the epoch: the time of the image, its history and its files. See ARCHITECTURE.md, "Deterministic by default". */
  readonly timestamp?: number;
  /** gzip when absent. */
  readonly compression?: Compression;
  /** As in compress(). */
  readonly compressionLevel?: number | undefined;
  /** Layers of the base get the compression too. */
  readonly forceCompression?: boolean;
  /** oci when absent. */
  readonly mediaTypes?: "oci" | "docker";
  /** Of the manifests and the index; OCI media types only. */
  readonly annotations?: readonly ImageAnnotation[];
  /** `new`: the layers that the build adds become one; `all`: the base's go into it as well. */
  readonly squash?: "new" | "all";
  /** No file of a new layer is younger than the time of the build, whoever gave it its time. */
  readonly rewriteTimestamp?: boolean;
  /** What is said of the image beside it, as artifacts that refer to it. The image itself stays as it is. */
  readonly attestations?: readonly AttestationRequest[];
  /**
   * Every RUN is carried out a second time on the same files, also where its result was known. Where one differs nothing is written to the
   * outputs, and the result says in what.
   */
  readonly verifyReproducible?: boolean;
  /** Where the image goes, at least one. Absent: into the store, under `tags`. */
  readonly outputs?: readonly BuildOutput[];
  /** By id, for `RUN --mount=type=secret`. They reach no layer, history, cache key or log. */
  readonly secrets?: ReadonlyMap<string, Uint8Array>;
  /** Sockets of SSH agents by id (`default`), for `RUN --mount=type=ssh`. */
  readonly sshAgents?: ReadonlyMap<string, string>;
  /** What a repository that is fetched may cost; what is absent is as in defaultGitLimits. */
  readonly gitLimits?: Partial<GitLimits>;
  /** Powers that a step may ask for; none when absent. */
  readonly allow?: ReadonlySet<Entitlement>;
  /** Devices that a step may ask for; none when absent but those whose specification allows them. */
  readonly deviceGrants?: DeviceGrants;
  /** Of RUN that does not say; the network of this machine when absent. */
  readonly network?: "host" | "none";
  /** What every RUN has around it, where that is not the usual. */
  readonly surroundings?: RunSurroundings;
  /** Runs RUN. Absent: a Dockerfile with RUN is refused. */
  readonly sandbox?: Sandbox;
  /** Absent: only what is in the store. */
  readonly resolveBase?: ResolveBase;
  readonly progress?: BuildListener;
  /** The first RUN that fails waits for it. `openShell` runs a shell on the caller's terminal where the command ended, until it is left. */
  readonly onFailedStep?: (
    step: BuildStep,
    error: KasaneError,
    openShell: () => Promise<void>,
  ) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Steps that work at the same time; the number of processors when absent. */
  readonly jobs?: number;
}

/** The first output's image, or what it would have been in the store. */
export interface BuildResult {
  /** An index where several platforms were asked for. */
  readonly raw: RawManifest;
  /** As something above the root names it. */
  readonly descriptor: Descriptor;
  readonly platforms: BuiltImage["platforms"];
  readonly attestations: BuiltImage["attestations"];
  /** Of the first platform, as everything below. */
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Digest of the config: Docker's image ID. */
  readonly id: Digest;
  readonly tags: readonly string[];
  /** Steps that gave another result the second time; none where nobody asked. */
  readonly differences: readonly StepDifference[];
  /** Under which the store knows what the build did. */
  readonly buildId: string;
  /** Steps that made or could have made a layer, and how many of them came from the cache. */
  readonly steps: { readonly total: number; readonly cached: number };
}
