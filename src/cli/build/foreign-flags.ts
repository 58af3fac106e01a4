import { KasaneError } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

/** What docker and buildah say of things that are not there in Kasane, or that it does anyway. They change nothing. */
const withoutMeaning: readonly Flag[] = [
  ...["compress", "disable-content-trust", "force-rm", "http-proxy", "identity-label"].map(switchOf),
  ...["logsplit", "rm", "inherit-annotations"].map(switchOf),
  { ...switchOf("disable-compression"), short: "D" },
  ...["builder", "layer-label", "retry", "retry-delay", "userns"].map(textOf),
  {
    ...textOf("isolation"),
    type: "string",
    oneOf: ["default", "oci", "rootless", "chroot"],
  },
];

/** Those that ask for something that a build here cannot give, by what to do instead. */
const refusals: Readonly<Record<string, { readonly type: "boolean" | "strings"; readonly hint: string }>> = {
  "compat-volumes": {
    type: "boolean",
    hint: "what RUN writes below a VOLUME is part of the image, as BuildKit has it",
  },
  cw: { type: "strings", hint: "build the image here, and make a confidential workload of it elsewhere" },
  "decryption-key": { type: "strings", hint: "decrypt the image first, for example with skopeo copy" },
  "hooks-dir": { type: "strings", hint: "'kasane run' and RUN know no hooks; say it with RUN" },
  "no-hosts": {
    type: "boolean",
    hint: "the image's own /etc/hosts stays as it is: RUN sees another one, which never gets into the image",
  },
  "os-feature": { type: "strings", hint: "it means something for Windows only" },
  "os-version": { type: "strings", hint: "it means something for Windows only" },
  policy: { type: "strings", hint: "check what a build took afterwards: --provenance=mode=max lists it" },
  "sbom-image-output": { type: "strings", hint: "--sbom attaches it to the image" },
  "sbom-merge-strategy": { type: "strings", hint: "--sbom attaches it to the image" },
  "sbom-output": { type: "strings", hint: "--sbom attaches it to the image" },
  "sbom-purl-output": { type: "strings", hint: "--sbom attaches it to the image" },
  "sbom-scanner-command": { type: "strings", hint: "name a scanner's image: --sbom generator=IMAGE" },
  "sbom-scanner-image": { type: "strings", hint: "name a scanner's image: --sbom generator=IMAGE" },
  "sign-by": { type: "strings", hint: "sign the image when it is pushed, for example with cosign" },
  "signature-policy": {
    type: "strings",
    hint: "signatures are not checked here: verify images before, with cosign",
  },
  "source-policy-file": {
    type: "strings",
    hint: "check what a build took afterwards: --provenance=mode=max lists it",
  },
  stdin: { type: "boolean", hint: "give RUN what it reads with a heredoc, or with --mount" },
  "userns-gid-map": { type: "strings", hint: "as an ordinary user the map is that of /etc/subgid" },
  "userns-gid-map-group": { type: "strings", hint: "as an ordinary user the map is that of /etc/subgid" },
  "userns-uid-map": { type: "strings", hint: "as an ordinary user the map is that of /etc/subuid" },
  "userns-uid-map-user": { type: "strings", hint: "as an ordinary user the map is that of /etc/subuid" },
};

/** Flags of docker's and buildah's builds that Kasane only knows of. */
export const foreignFlags: readonly Flag[] = [
  ...withoutMeaning,
  ...Object.entries(refusals).map(([name, { type }]) => (type === "boolean" ? switchOf(name) : textOf(name))),
];

/** @throws KasaneError `unsupported` for a flag that cannot be done without */
export function refuseForeign(flags: ParsedFlags): void {
  for (const [name, { type, hint }] of Object.entries(refusals)) {
    const isGiven = type === "boolean" ? flags.boolean(name) : flags.strings(name).length > 0;
    if (isGiven) throw new KasaneError("unsupported", `kasane build has no --${name}`, { hint });
  }
}

function switchOf(name: string): Flag {
  return { name, type: "boolean", help: "", hidden: true };
}

function textOf(name: string): Flag {
  return { name, type: "strings", value: "VALUE", help: "", hidden: true };
}
