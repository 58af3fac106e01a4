import { usage } from "../flags.ts";
import { grammar } from "../tools/tool.ts";
import type { OutputSpec } from "./parse-output.ts";

const transport = /^(docker:\/\/|docker-archive:|oci-archive:|oci:|dir:|containers-storage:)(.*)$/s;

/** What one `--tag` asks for: a name in the store, or a place. */
export type TagTarget = { readonly name: string } | { readonly spec: OutputSpec };

/**
 * buildah's and podman's tags may be places: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:NAME]`, `dir:DIR`, `docker://NAME`. For
 * everybody else only what cannot be a name is one.
 * @throws KasaneError `usage`
 */
export function tagTarget(text: string): TagTarget {
  const [, kind, rest = ""] = transport.exec(text) ?? [];
  if (kind === undefined) return { name: text };
  if (kind === "docker://") {
    const image = { kind: "image", push: true, byDigest: false, store: false, insecure: false } as const;
    return { spec: { ...image, names: [rest], shape: {} } };
  }
  const isPlace = grammar() === "buildah" || grammar() === "podman" || /^\.{0,2}\//.test(rest);
  if (!isPlace) return { name: text };
  if (kind === "containers-storage:") return { name: rest };
  const colon = kind === "dir:" ? -1 : rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const ref = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "") {
    throw usage(`no path is given for ${kind}`, "build", { hint: "write it after the colon" });
  }
  if (kind === "dir:") return { spec: { kind: "dir", directory: path } };
  if (kind === "oci:") {
    return { spec: { kind: "layout", directory: path, refs: ref ? [ref] : [], shape: {} } };
  }
  const format = kind === "oci-archive:" ? "oci" : "docker";
  return { spec: { kind: "archive", format, path, names: ref ? [ref] : [], shape: {} } };
}
