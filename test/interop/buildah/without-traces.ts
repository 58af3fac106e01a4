import type { BuiltImage } from "../builders/compare-build.ts";

/** buildah leaves mount points in layers of `run`, and a label of its own in every image. */
export function withoutTraces({ tree, config }: BuiltImage): Pick<BuiltImage, "tree" | "config"> {
  const labels = { ...(config.Labels as Record<string, string> | undefined) };
  delete labels["io.buildah.version"];
  const { Labels: _, ...settings } = config;
  return {
    tree: tree.filter((line) => !/^(dev|proc|run|sys|etc\/(hosts|hostname|resolv\.conf))[/ ]/.test(line)),
    config: Object.keys(labels).length > 0 ? { ...settings, Labels: labels } : settings,
  };
}
