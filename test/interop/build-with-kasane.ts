import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BuildFixture, buildFixture } from "../../src/build/testing/build-fixture.ts";
import { writeArchive } from "../../src/image/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { type BuildCase, baseDockerfile } from "./build-cases.ts";
import { type BuiltImage, builtImage } from "./compare-build.ts";

/** Kasane's side of a comparison: the base image of all cases, and a context to be filled for each. */
export interface KasaneBuilder extends AsyncDisposable {
  /** The base, for other builders to load under the name `base`. */
  readonly baseArchive: string;
  readonly context: string;
  build(test: BuildCase): Promise<BuiltImage>;
}

export async function kasaneBuilder(directory: string): Promise<KasaneBuilder> {
  const busybox = await Bun.file(Bun.which("busybox")!).bytes();
  const fixture = await buildFixture({ busybox: { content: busybox, mode: 0o755 } });
  const sandbox = createSandbox();
  const names = ["localhost/base:latest", "docker.io/library/base:latest"];
  const base = await fixture.build(baseDockerfile, { sandbox, tags: names });
  const baseArchive = join(directory, "base.tar");
  await writeOut(fixture, base.raw.digest, names, baseArchive);
  return {
    baseArchive,
    context: fixture.context,
    async build({ dockerfile, files = {}, args = {}, target }) {
      rmSync(fixture.context, { recursive: true });
      mkdirSync(fixture.context);
      fixture.write(files);
      const built = await fixture.build(wholeDockerfile(dockerfile), {
        sandbox,
        buildArgs: args,
        ...(target ? { target } : {}),
      });
      return builtImage(fixture.store.source(built.raw.digest));
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

export function wholeDockerfile(dockerfile: string): string {
  return /^FROM /m.test(dockerfile) ? dockerfile : `FROM base\n${dockerfile}`;
}

async function writeOut(
  { store }: BuildFixture,
  digest: Parameters<BuildFixture["store"]["source"]>[0],
  names: string[],
  path: string,
): Promise<void> {
  const file = Bun.file(path).writer();
  for await (const chunk of writeArchive([{ source: store.source(digest), names }], { format: "docker" })) {
    file.write(chunk);
    await file.flush();
  }
  await file.end();
}
