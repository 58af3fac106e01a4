import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BuildFixture, buildFixture, writeFiles } from "../../../src/build/testing/build-fixture.ts";
import { copyImage, layoutSink, layoutSource, writeArchive } from "../../../src/image/mod.ts";
import type { Digest } from "../../../src/oci/mod.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/mod.ts";
import { ageContext, type BuildCase, baseDockerfile, caseTime, wholeDockerfile } from "./build-case.ts";
import { type BuiltImage, builtImage } from "./compare-build.ts";

/** The base image of all cases, in the forms in which builders take it. */
export interface BaseImage {
  readonly archive: string;
  readonly layout: string;
  readonly digest: Digest;
}

/** A case with its context in a directory of its own. */
export interface WrittenCase {
  readonly test: BuildCase;
  readonly context: string;
  readonly dockerfile: string;
}

/** Kasane's side of a comparison. */
export interface KasaneBuilder extends AsyncDisposable {
  readonly base: BaseImage;
  build(written: WrittenCase): Promise<BuiltImage & { digest: Digest }>;
}

/** With the base image, which it builds into `directory`, or takes from there where that was done before. */
export async function kasaneBuilder(directory: string): Promise<KasaneBuilder> {
  const fixture = await buildFixture();
  const sandbox = createSandbox();
  return {
    base: await (existsSync(join(directory, "base/index.json"))
      ? takeBase(fixture, directory)
      : makeBase(fixture, sandbox, directory)),
    async build({ test: { args = {}, target, dockerfile }, context }) {
      const built = await fixture.build(wholeDockerfile(dockerfile), {
        sandbox,
        context: { kind: "directory", path: context },
        buildArgs: args,
        ...(target ? { target } : {}),
      });
      return { digest: built.raw.digest, ...(await builtImage(fixture.store.source(built.raw.digest))) };
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const tags = ["localhost/base:latest", "docker.io/library/base:latest"];

async function makeBase(fixture: BuildFixture, sandbox: Sandbox, directory: string): Promise<BaseImage> {
  const busybox = await Bun.file(Bun.which("busybox")!).bytes();
  fixture.write({ busybox: { content: busybox, mode: 0o755 }, empty: "" });
  const { raw } = await fixture.build(baseDockerfile, { sandbox, tags, timestamp: caseTime });
  const source = fixture.store.source(raw.digest);
  const file = Bun.file(baseIn(directory).archive).writer();
  for await (const chunk of writeArchive([{ source, names: tags }], { format: "docker" })) {
    file.write(chunk);
    await file.flush();
  }
  await file.end();
  await copyImage(source, layoutSink(baseIn(directory).layout));
  return { ...baseIn(directory), digest: raw.digest };
}

async function takeBase({ store }: BuildFixture, directory: string): Promise<BaseImage> {
  const source = await layoutSource(baseIn(directory).layout);
  const { root } = await store.withLease("load", (lease) =>
    copyImage(source, store.sink({ lease, names: tags }), { direction: "load" }),
  );
  return { ...baseIn(directory), digest: root.digest };
}

function baseIn(directory: string): { archive: string; layout: string } {
  return { archive: join(directory, "base.tar"), layout: join(directory, "base") };
}

/** Writes the context of a case and its Dockerfile beside it. */
export async function writeCase(test: BuildCase, directory: string): Promise<WrittenCase> {
  const context = join(directory, "context");
  mkdirSync(context, { recursive: true });
  writeFiles(context, test.files ?? {});
  await test.prepare?.(context);
  ageContext(context);
  const dockerfile = join(directory, "Dockerfile");
  await Bun.write(dockerfile, wholeDockerfile(test.dockerfile));
  return { test, context, dockerfile };
}
