import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, kasane, missing, run, runOk } from "../../outside.ts";
import { kasaneBuilder } from "../builders/build-with-kasane.ts";
import { type BuildkitDaemon, scratch, startBuildkitd } from "../peers.ts";

export const hasNoBuildkit = missing("buildkitd", "buildctl", "runc", "busybox") || process.getuid?.() !== 0;

/** Kasane's command line and a buildkitd with the same base image, given the same Dockerfile and the context `a`. */
export interface BuilderPair extends AsyncDisposable {
  readonly daemon: BuildkitDaemon;
  readonly context: string;
  at(name: string): string;
  /** `all` goes to both. */
  build(
    dockerfile: string,
    flags: { all?: readonly string[]; ours?: readonly string[]; theirs?: readonly string[] },
  ): Promise<{ ours: Finished; theirs: Finished }>;
  kasane(...args: string[]): Promise<Finished>;
}

export async function builderPair(
  purpose: string,
  options: Parameters<typeof startBuildkitd>[1] = {},
): Promise<BuilderPair> {
  const directory = await scratch(purpose);
  const builder = await kasaneBuilder(directory.path);
  const daemon = await startBuildkitd([], options);
  const at = (name: string) => join(directory.path, name);
  const context = at("context");
  mkdirSync(context);
  writeFileSync(join(context, "a"), "a\n");
  const { base } = builder;
  await runOk([kasane, "--root", at("store"), "load", "-i", base.archive]);
  const ours = (...args: string[]) => run([kasane, "--root", at("store"), ...args], { cwd: directory.path });
  return {
    daemon,
    context,
    at,
    kasane: ours,
    async build(dockerfile, { all = [], ours: own = [], theirs = [] }) {
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      const argv = [
        ...daemon.buildctl.argv,
        ...["build", "--frontend", "dockerfile.v0", "--oci-layout", `base=${base.layout}`],
        ...["--opt", `context:base=oci-layout://base@${base.digest}`, "--opt", "force-network-mode=none"],
        ...["--local", `context=${context}`, "--local", `dockerfile=${context}`],
      ];
      return {
        ours: await ours("build", ...all, ...own, context),
        theirs: await run([...argv, ...all, ...theirs], { cwd: directory.path, env: daemon.buildctl.env }),
      };
    },
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await builder[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
