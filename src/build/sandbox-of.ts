import { KasaneError } from "../lib/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** @throws KasaneError `unsupported` where the build was given none */
export function sandboxOf(stage: StageBuilder): Sandbox {
  const { sandbox } = stage.session.options;
  if (sandbox) return sandbox;
  throw new KasaneError("unsupported", "this build has no sandbox to run commands in", {
    hint: "pass one: build({ sandbox: createSandbox(), … })",
  });
}
