import { join } from "node:path";
import {
  ArgumentError,
  type CheckedBase,
  type CheckOptions,
  type CheckSelection,
  type CheckWarning,
  checkDockerfile,
  type Dockerfile,
  mergeSelections,
  parseCheckSelection,
  parseDockerfile,
  platformArgs,
} from "../dockerfile/mod.ts";

import { isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  hostPlatform,
  type ImageConfig,
  type Platform,
  platformOf,
  type Reference,
  type RuntimeConfig,
} from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { ContentSpool } from "./content-spool.ts";
import { openContext } from "./context/open-context.ts";
import { defaultGitLimits } from "./git/git-limits.ts";
import { GitSources } from "./git/git-sources.ts";
import type { BuildContext, BuildOptions, DockerfileSelection, NamedContext } from "./options.ts";
import { type BuildPlan, planBuild } from "./plan.ts";

export interface CheckBuildOptions {
  readonly store: LocalStore;
  readonly context: BuildContext;
  readonly dockerfile?: DockerfileSelection;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly from?: string;
  readonly ignoreFile?: string;
  readonly platform?: Platform;
  /** The config of a base image, which need not be in the store; undefined where it cannot be had. */
  readonly baseConfig: (reference: Reference, platform: Platform) => Promise<ImageConfig | undefined>;
  /** For a context that is elsewhere. */
  readonly secrets?: ReadonlyMap<string, Uint8Array>;
  readonly sshAgents?: ReadonlyMap<string, string>;
  readonly contexts?: ReadonlyMap<string, NamedContext>;
  readonly gitLimits?: BuildOptions["gitLimits"];
  readonly signal: AbortSignal;
}

export interface CheckedBuild {
  readonly dockerfile: Dockerfile;
  /** The file as it is. */
  readonly bytes: Uint8Array;
  readonly warnings: readonly CheckWarning[];
  /** Absent where it could not be built at all. */
  readonly plan?: BuildPlan;
  /** Why it could not be built at all, although it is written in the language. */
  readonly error?: KasaneError;
}

/**
 * The build checks of a Dockerfile and its context. Builds nothing, pulls nothing.
 * @throws KasaneError as build() does for a Dockerfile or a context that cannot be read
 */
export async function checkBuild(options: CheckBuildOptions): Promise<CheckedBuild> {
  const { buildArgs = {}, target, platform: targetPlatform = hostPlatform(), signal } = options;
  const work = await options.store.workDirectory("check");
  try {
    let spools = 0;
    const { dockerfile: file, ignore } = await openContext({
      context: options.context,
      dockerfile: options.dockerfile,
      ignoreFile: options.ignoreFile,
      newSpool: () => new ContentSpool(work.path, `content-${spools++}`),
      buildArgs,
      git: new GitSources({
        credentials: options,
        signal,
        newDirectory: () => join(work.path, `repository-${spools++}`),
        limits: { ...defaultGitLimits, ...options.gitLimits },
      }),
      secrets: options.secrets,
      signal,
    });
    const dockerfile = parseDockerfile(file.text, { name: file.name });
    const selection = selectionOf(dockerfile, buildArgs);
    let bases: ReadonlyMap<number, CheckedBase> = new Map();
    let failed: KasaneError | undefined;
    let plan: BuildPlan | undefined;
    try {
      plan = planBuild(dockerfile, {
        buildArgs,
        contexts: options.contexts,
        target,
        from: options.from,
        buildPlatform: hostPlatform(),
        targetPlatform,
      });
      bases = await checkedBases(plan, async ({ reference, platform = targetPlatform }) => {
        const config = await options.baseConfig(reference, platform);
        return config && { config: config.config ?? {}, platform: platformOf(config) };
      });
    } catch (error) {
      if (!isKasaneError(error) || error.code === "cancelled") throw error;
      failed = error;
    }
    const warnings = runChecks(dockerfile, { selection, buildArgs, target, targetPlatform, bases, ignore });
    return {
      dockerfile,
      bytes: Buffer.from(file.text),
      warnings,
      ...(plan && { plan }),
      ...(failed && { error: failed }),
    };
  } finally {
    await work.dispose();
  }
}

/**
 * What the file's directive and the build argument BUILDKIT_DOCKERFILE_CHECK say together.
 * @throws KasaneError `invalid-dockerfile`, `usage`
 */
export function selectionOf(
  { directives, source }: Dockerfile,
  buildArgs: Readonly<Record<string, string>> = {},
): CheckSelection {
  const parse = (text: string, refuse: (error: ArgumentError) => KasaneError): CheckSelection => {
    try {
      return parseCheckSelection(text);
    } catch (error) {
      throw error instanceof ArgumentError ? refuse(error) : error;
    }
  };
  const line = 1 + source.lines.findIndex((text) => /^#\s*check\s*=/i.test(text));
  const own = parse(directives.check ?? "", ({ message, hint, mark }) =>
    source.error({ startLine: line, endLine: line }, message, { hint, mark }),
  );
  const given = parse(
    buildArgs.BUILDKIT_DOCKERFILE_CHECK ?? "",
    ({ message, hint }) =>
      new KasaneError("usage", `BUILDKIT_DOCKERFILE_CHECK: ${message}`, { ...(hint && { hint }) }),
  );
  return mergeSelections(own, given);
}

/** What matters of the images that needed stages stand on, by the number of the stage. */
export async function checkedBases(
  plan: BuildPlan,
  find: (base: {
    readonly reference: Reference;
    readonly platform: Platform | undefined;
  }) => Promise<{ readonly config: RuntimeConfig; readonly platform: Platform } | undefined>,
): Promise<Map<number, CheckedBase>> {
  const bases = new Map<number, CheckedBase>();
  await Promise.all(
    plan.stages.map(async ({ base, platform, stage }) => {
      if (base.kind !== "image" || !plan.needed.has(stage.index)) return;
      const found = await find({ reference: base.reference, platform });
      if (!found) return;
      const { Env, Shell } = found.config;
      bases.set(stage.index, {
        env: Env ?? [],
        hasShell: (Shell?.length ?? 0) > 0,
        platform: found.platform,
      });
    }),
  );
  return bases;
}

export function runChecks(
  dockerfile: Dockerfile,
  { target, ...options }: Omit<CheckOptions, "platformArgs"> & { readonly target?: string | undefined },
): CheckWarning[] {
  return checkDockerfile(dockerfile, {
    ...options,
    platformArgs: platformArgs({
      build: hostPlatform(),
      target: options.targetPlatform,
      targetStage: target ?? dockerfile.stages.at(-1)!.from.stageName ?? "",
    }),
  });
}

/** @throws KasaneError `invalid-dockerfile` that shows the first warning, where there is one */
export function refuseWarnings({ source }: Dockerfile, warnings: readonly CheckWarning[]): void {
  const [first] = warnings;
  if (!first) return;
  const more = warnings.length > 1 ? ` (and ${warnings.length - 1} more)` : "";
  throw source.error(first.range, `${first.message} (${first.rule})${more}`, {
    hint: `the file asks for check=error=true; --check shows everything, check=skip=${first.rule} leaves this out`,
  });
}
