import type { BuildContext, DockerfileSelection } from "../../build/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import {
  familiarReference,
  formatPlatform,
  formatReference,
  type Platform,
  parseManifest,
  platformOf,
  type RawManifest,
  type Reference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import { registryClients } from "../registries/connect.ts";
import { imageOptions } from "./image-flags.ts";

/**
 * `--all-platforms`: those that every base image of the build is there for. A FROM that names its own platform is for all of them.
 * @throws KasaneError `usage` where the context can be read only once, or the bases have no platform in common
 */
export async function allPlatforms(
  context: CommandContext,
  input: { readonly context: BuildContext; readonly dockerfile?: DockerfileSelection },
  buildArgs: Readonly<Record<string, string>>,
): Promise<Platform[]> {
  const { flags, env, signal } = context;
  if (input.context.kind === "tar")
    throw new KasaneError("usage", "--all-platforms cannot be found out of an archive on standard input", {
      hint: "name the platforms: --platform linux/amd64,linux/arm64",
    });
  const { checkBuild } = await import("../../build/mod.ts");
  const { from, ignoreFile } = imageOptions(flags, env);
  const target = flags.string("target");
  const { plan, error } = await checkBuild({
    ...input,
    ...(from !== undefined && { from }),
    ...(ignoreFile !== undefined && { ignoreFile }),
    ...(target !== undefined && { target }),
    store: await context.store(),
    buildArgs,
    baseConfig: async () => undefined,
    signal,
  });
  if (plan === undefined) throw error!;
  let common: Platform[] | undefined;
  const bases: string[] = [];
  for (const index of plan.needed) {
    const { base, platform } = plan.stages[index]!;
    if (base.kind !== "image" || platform !== undefined) continue;
    bases.push(familiarReference(base.reference));
    const own = await platformsOf(context, base.reference);
    const names = new Set(own.map(formatPlatform));
    common = common?.filter((one) => names.has(formatPlatform(one))) ?? own;
  }
  if (common !== undefined && common.length > 0) return common;
  throw new KasaneError(
    "usage",
    bases.length === 0
      ? "--all-platforms, but no stage stands on an image"
      : `there is no platform that all of ${bases.join(", ")} are for`,
    { hint: "name the platforms: --platform linux/amd64,linux/arm64" },
  );
}

async function platformsOf(context: CommandContext, reference: Reference): Promise<Platform[]> {
  const store = await context.store();
  const { imageFrom, registrySource } = await import("../../image/mod.ts");
  const whole = withDefaultTag(reference);
  try {
    const { record, config } = await store.find(formatReference(whole));
    return ofRoot(await store.source(record.target).root()) ?? [platformOf(config)];
  } catch (error) {
    if (!isKasaneError(error, "not-found")) throw error;
  }
  const client = (await registryClients(context.flags))(reference.host);
  const source = registrySource({ client, reference: whole, signal: context.signal });
  return ofRoot(await source.root()) ?? [platformOf((await imageFrom(source)).config)];
}

/** Undefined for an image without an index. Attestations have a platform that is none. */
function ofRoot({ bytes, mediaType }: RawManifest): Platform[] | undefined {
  const root = parseManifest(bytes, mediaType);
  if (root.kind !== "index") return undefined;
  return root.manifests.flatMap(({ platform }) => (platform && platform.os !== "unknown" ? [platform] : []));
}
