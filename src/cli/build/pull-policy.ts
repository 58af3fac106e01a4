import { type ParsedFlags, usage } from "../flags.ts";

/** When a base image is asked for in its registry: `newer` does without an answer where the image is here. */
export type PullPolicy = "always" | "missing" | "newer" | "never";

const policies: Readonly<Record<string, PullPolicy>> = {
  true: "always",
  always: "always",
  false: "missing",
  missing: "missing",
  ifmissing: "missing",
  newer: "newer",
  ifnewer: "newer",
  never: "never",
};

/** docker's `--pull`, and buildah's policies. @throws KasaneError `usage` */
export function pullPolicy(flags: ParsedFlags): PullPolicy {
  if (flags.boolean("pull-always")) return "always";
  if (flags.boolean("pull-never")) return "never";
  const text = flags.string("pull");
  if (text === undefined) return "missing";
  const policy = policies[text.toLowerCase()];
  if (policy !== undefined) return policy;
  throw usage(`${JSON.stringify(text)} is no policy of --pull`, "build", {
    hint: "one of always, missing, newer and never",
  });
}
