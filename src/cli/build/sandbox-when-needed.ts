import type { Sandbox, SandboxOptions } from "../../sandbox/mod.ts";

/** The sandbox of a build whose steps may all be cached: loaded with the first that runs. */
export function sandboxWhenNeeded(options: SandboxOptions): Sandbox {
  let sandbox: Promise<Sandbox> | undefined;
  const loaded = (): Promise<Sandbox> =>
    (sandbox ??= import("../../sandbox/mod.ts").then(({ createSandbox }) => createSandbox(options)));
  return {
    run: async (step) => (await loaded()).run(step),
    prepare: async (network) => (await loaded()).prepare(network),
  };
}
