import { type AnnotationLevel, annotationLevels, type ImageAnnotation } from "../../build/mod.ts";
import { didYouMean } from "../../lib/mod.ts";
import { parsePlatform } from "../../oci/mod.ts";
import { usage } from "../flags.ts";

/**
 * `[LEVEL[PLATFORM],…:]KEY=VALUE`, as buildx has it; buildah's `KEY=VALUE` is the manifest's.
 * @throws KasaneError `usage`
 */
export function parseAnnotation(text: string): ImageAnnotation[] {
  const equals = text.indexOf("=");
  if (equals < 1) throw usage(`invalid annotation ${JSON.stringify(text)}: KEY=VALUE is expected`, "build");
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
  const colon = name.indexOf(":");
  if (colon < 0) return [{ level: "manifest", key: name, value }];
  const key = name.slice(colon + 1);
  if (key === "") throw usage(`invalid annotation ${JSON.stringify(text)}: KEY=VALUE is expected`, "build");
  return name
    .slice(0, colon)
    .split(",")
    .map((level) => ({ ...parseLevel(level), key, value }));
}

/** `annotation-LEVEL[PLATFORM].KEY` of `--output`; undefined for what is no annotation. */
export function annotationField(field: string, value: string): ImageAnnotation | undefined {
  const match = /^annotation(?:-([a-z-]+(?:\[[^\]]*\])?))?\.(\S+)$/.exec(field);
  return match ? { ...parseLevel(match[1] ?? "manifest"), key: match[2]!, value } : undefined;
}

function parseLevel(text: string): Pick<ImageAnnotation, "level" | "platform"> {
  const match = /^([a-z-]+)(?:\[([A-Za-z0-9_/.-]+)\])?$/.exec(text);
  const level = match?.[1] as AnnotationLevel | undefined;
  if (!match || !level || !annotationLevels.includes(level)) {
    throw usage(`unknown annotation level ${JSON.stringify(text)}: ${annotationLevels.join(", ")}`, "build", {
      hint: didYouMean(match?.[1] ?? text, annotationLevels),
    });
  }
  if (match[2] === undefined) return { level };
  if (level.startsWith("index")) {
    throw usage(
      `the annotation level ${text} has a platform, and there is one index for all of them`,
      "build",
    );
  }
  return { level, platform: parsePlatform(match[2]) };
}
