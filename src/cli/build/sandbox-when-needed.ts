import type { Sandbox, SandboxOptions } from "../../sandbox/mod.ts";

/** The sandbox of a build whose steps may all be cached: loaded with the first that runs. */
export function sandboxWhenNeeded(options: SandboxOptions): Sandbox {
  let sandbox: Promise<Sandbox> | undefined;
  return {
    async run(step) {
      sandbox ??= import("../../sandbox/mod.ts").then(({ createSandbox }) => createSandbox(options));
      return (await sandbox).run(step);
    },
  };
}
