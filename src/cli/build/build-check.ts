import type { CheckBuildOptions, CheckedBuild } from "../../build/mod.ts";
import { isKasaneError } from "../../lib/mod.ts";
import {
  familiarReference,
  formatReference,
  type ImageConfig,
  type Platform,
  type Reference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { CommandContext } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { registryClients } from "../registries/connect.ts";
import { type BuildCall, wantedPlatforms } from "./build-flags.ts";

type CallInput = Pick<CheckBuildOptions, "context" | "buildArgs"> & {
  readonly [Name in keyof CheckBuildOptions]?: CheckBuildOptions[Name] | undefined;
};

/** `build --check` and what else is answered without building. Returns the exit code. */
export async function answerCall(
  context: CommandContext,
  call: BuildCall,
  input: CallInput,
): Promise<number> {
  const { flags, terminal, signal } = context;
  const { checkBuild } = await import("../../build/mod.ts");
  const [platform] = wantedPlatforms(flags);
  const target = flags.string("target");
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const found = await checkBuild({
    ...(given as typeof input & Pick<CheckBuildOptions, "context">),
    store: await context.store(),
    // Nothing else is said of base images.
    baseConfig: call.method === "check" ? configReader(context) : async () => undefined,
    signal,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
  } as CheckBuildOptions);
  if (call.method !== "check") {
    const { tellCall } = await import("./outline-text.ts");
    if (found.error) throw found.error;
    tellCall(terminal, call, found, input.buildArgs ?? {});
    return 0;
  }
  if (call.isJson) {
    const { lintResults } = await import("../../dockerfile/mod.ts");
    const results = lintResults(found.dockerfile.source, found.warnings, found.bytes);
    terminal.out(`${JSON.stringify(results, undefined, 2)}\n`);
  } else await tellWarnings(context, found);
  if (found.error) throw found.error;
  return found.warnings.length > 0 && !call.ignoresStatus ? 1 : 0;
}

/** On standard output, each with its place, as BuildKit's tools print them. */
async function tellWarnings(
  { terminal }: CommandContext,
  { dockerfile, warnings, error }: CheckedBuild,
): Promise<void> {
  const { ruleUrl } = await import("../../dockerfile/mod.ts");
  const count = warnings.length === 1 ? "1 warning has" : `${warnings.length} warnings have`;
  if (warnings.length > 0) terminal.out(`Check complete, ${count} been found!\n`);
  for (const { rule, message, range } of warnings) {
    const url = ruleUrl(rule);
    const place = `${dockerfile.source.name}:${range.startLine}\n${dockerfile.source.excerpt(range)}`;
    terminal.out(`\nWARNING: ${rule}${url === undefined ? "" : ` - ${url}`}\n${message}\n${place}\n`);
  }
  if (warnings.length === 0 && !error) terminal.out("Check complete, no warnings found.\n");
}

/** From the store, else from the registry: only its few kilobytes of configuration. */
function configReader(context: CommandContext) {
  const { flags, terminal, signal } = context;
  return async (reference: Reference, platform: Platform): Promise<ImageConfig | undefined> => {
    const store = await context.store();
    try {
      return (await store.find(formatReference(withDefaultTag(reference)), { platform })).config;
    } catch (error) {
      if (!isKasaneError(error, "not-found")) throw error;
    }
    try {
      const { imageFrom, registrySource } = await import("../../image/mod.ts");
      const client = (await registryClients(flags))(reference.host);
      return (await imageFrom(registrySource({ client, reference, signal }), { platform })).config;
    } catch (error) {
      if (!isKasaneError(error) || error.code === "cancelled") throw error;
      const name = familiarReference(reference);
      warn(terminal, `what depends on the base image ${name} is not checked: ${error.message}`);
      return undefined;
    }
  };
}
