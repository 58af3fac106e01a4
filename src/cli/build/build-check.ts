import type { BuildContext, BuildOptions, DockerfileSelection, NamedContext } from "../../build/mod.ts";
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
import { platformList } from "./build-flags.ts";

/** `build --check`: the warnings on standard output, each with its place. */
export async function checkOnly(
  context: CommandContext,
  input: {
    readonly context: BuildContext;
    readonly dockerfile?: DockerfileSelection;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly secrets?: ReadonlyMap<string, Uint8Array>;
    readonly sshAgents?: ReadonlyMap<string, string>;
    readonly contexts?: ReadonlyMap<string, NamedContext>;
    readonly gitLimits?: BuildOptions["gitLimits"];
  },
): Promise<number> {
  const { flags, terminal, signal } = context;
  const [{ checkBuild }, { ruleUrl }] = await Promise.all([
    import("../../build/mod.ts"),
    import("../../dockerfile/mod.ts"),
  ]);
  const [platform] = platformList(flags.strings("platform"));
  const target = flags.string("target");
  const { dockerfile, warnings, error } = await checkBuild({
    store: await context.store(),
    ...input,
    baseConfig: configReader(context),
    signal,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
  });
  const count = warnings.length === 1 ? "1 warning has" : `${warnings.length} warnings have`;
  if (warnings.length > 0) terminal.out(`Check complete, ${count} been found!\n`);
  for (const { rule, message, range } of warnings) {
    const url = ruleUrl(rule);
    const place = `${dockerfile.source.name}:${range.startLine}\n${dockerfile.source.excerpt(range)}`;
    terminal.out(`\nWARNING: ${rule}${url === undefined ? "" : ` - ${url}`}\n${message}\n${place}\n`);
  }
  if (error) throw error;
  if (warnings.length === 0) terminal.out("Check complete, no warnings found.\n");
  return warnings.length > 0 ? 1 : 0;
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
