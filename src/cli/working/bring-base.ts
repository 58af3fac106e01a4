import type { WorkingOptions } from "../../container/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import {
  formatReference,
  hostPlatform,
  type Platform,
  parsePlatform,
  parseReference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { bringImage } from "../containers/new-container.ts";
import type { ParsedFlags } from "../flags.ts";
import { warn } from "../messages/tell.ts";
import { loadPlace } from "./load-place.ts";

/** What `from` begins with: the image is in the store afterwards. @throws KasaneError as a pull */
export async function bringBase(
  context: CommandContext,
  store: LocalStore,
  text: string,
): Promise<Pick<WorkingOptions, "image" | "imageName" | "platform">> {
  const platform = platformOf(context.flags);
  if (text === "scratch") return { platform: platform ?? hostPlatform() };
  const loaded = await loadPlace(context, store, text);
  const wanted = loaded ?? text.replace(/^docker:\/\/|^containers-storage:/, "");
  if (loaded === undefined) await bring(context, store, wanted, platform);
  const image = await store.find(wanted, platform ? { platform } : {});
  const name = nameOf(image, wanted);
  return { image, platform: platform ?? hostPlatform(), ...(name !== undefined && { imageName: name }) };
}

/** `--pull` alone means: what is newer, and what is here where the registry cannot be asked. */
async function bring(
  context: CommandContext,
  store: LocalStore,
  name: string,
  platform: Platform | undefined,
): Promise<void> {
  const when = policyOf(context.flags);
  if (when !== "newer") return bringImage(context, store, name, platform, when);
  const isHere = await store.find(name, platform ? { platform } : {}).then(
    () => true,
    () => false,
  );
  try {
    await bringImage(context, store, name, platform, "always");
  } catch (error) {
    if (!isHere || context.signal.aborted) throw error;
    warn(context.terminal, `the image that is here is used: ${messageOf(error)}`);
  }
}

function policyOf(flags: ParsedFlags): "missing" | "always" | "never" | "newer" {
  if (flags.boolean("pull-always")) return "always";
  if (flags.boolean("pull-never")) return "never";
  switch (flags.string("pull")?.toLowerCase()) {
    case undefined:
    case "missing":
    case "ifmissing":
    case "false":
      return "missing";
    case "true":
    case "newer":
    case "ifnewer":
      return "newer";
    case "always":
      return "always";
    case "never":
      return "never";
    default:
      throw new KasaneError("usage", `unknown pull policy ${JSON.stringify(flags.string("pull"))}`, {
        hint: "missing, true, always or never",
      });
  }
}

function platformOf(flags: ParsedFlags): Platform | undefined {
  const text = flags.string("platform");
  const [arch, os, variant] = [flags.string("arch"), flags.string("os"), flags.string("variant")];
  if (text !== undefined) return parsePlatform(text);
  if (arch === undefined && os === undefined && variant === undefined) return undefined;
  const host = hostPlatform();
  return parsePlatform([os ?? host.os, arch ?? host.architecture, ...(variant ? [variant] : [])].join("/"));
}

/** The name it was asked for by, whole; by an id, one that it has. */
function nameOf(image: LocalImage, text: string): string | undefined {
  try {
    const name = formatReference(withDefaultTag(parseReference(text)));
    if (image.record.names.includes(name) || image.record.repoDigests.includes(name)) return name;
  } catch (error) {
    if (!isKasaneError(error, "invalid-reference")) throw error;
  }
  return image.record.names[0];
}
