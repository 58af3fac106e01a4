import { parsePlatform } from "../../oci/mod.ts";
import type { CreateIndexOptions } from "../../sync/mod.ts";
import { usage } from "../flags.ts";

type ChildAnnotation = NonNullable<CreateIndexOptions["childAnnotations"]>[number];

/**
 * buildx's annotations: `index:KEY=VALUE`, `manifest-descriptor[OS/ARCH]:KEY=VALUE`, several types with commas. Without a type the index is
 * meant. Those of manifests would change the images, and are refused.
 * @throws KasaneError `usage`
 */
export function readAnnotationFlags(
  texts: readonly string[],
  command: string,
): Required<Pick<CreateIndexOptions, "annotations" | "childAnnotations">> {
  const annotations: Record<string, string> = {};
  const childAnnotations: ChildAnnotation[] = [];
  for (const text of texts) {
    const [, types = "index", key, value] =
      /^(?:((?:index|manifest)[a-z-]*(?:\[[^\]]*\])?(?:,[a-z-]+(?:\[[^\]]*\])?)*):)?([^=]+)=(.*)$/s.exec(
        text,
      ) ?? [];
    if (key === undefined || value === undefined) {
      throw usage(`${JSON.stringify(text)} is not [TYPE:]KEY=VALUE`, command);
    }
    for (const type of types.split(",")) {
      const [, kind, platform] = /^([a-z-]+)(?:\[([^\]]*)\])?$/.exec(type) ?? [];
      if (kind === "index" && platform === undefined) annotations[key] = value;
      else if (kind === "manifest-descriptor") {
        childAnnotations.push({ key, value, ...(platform && { platform: parsePlatform(platform) }) });
      } else {
        throw usage(
          `annotations of the type ${JSON.stringify(type)} cannot be set here: index or manifest-descriptor`,
          command,
        );
      }
    }
  }
  return { annotations, childAnnotations };
}
