import { expect, test } from "bun:test";
import { InProcessNetwork } from "../../distribution/testing/in-process-network.ts";
import { type Descriptor, type Digest, parseReference } from "../../oci/mod.ts";
import { TestRegistry } from "../../registry/testing/test-registry.ts";
import { buildFixture } from "../testing/build-fixture.ts";
import type { BuildOutput } from "./build-output.ts";
import { registryOutput } from "./registry-output.ts";

/** A registry, an output into it, and what it was asked before and after everything was built. */
function place(answer?: (request: Request) => Response | undefined) {
  const registry = new TestRegistry();
  const network = new InProcessNetwork({
    "registry.test": (request) => answer?.(request) ?? registry.handle(request),
  });
  const client = network.client({ retry: { attempts: 1, baseMs: 1 } });
  const output = registryOutput({
    references: [parseReference("registry.test/app:v1")],
    client: () => client,
  });
  const heard: Digest[] = [];
  const early: Promise<void>[] = [];
  const asked: { before: string[]; after: string[] } = { before: [], after: [] };
  const watched: BuildOutput = {
    ...output,
    foresee(layer: Descriptor, context) {
      heard.push(layer.digest);
      const sent = output.foresee!(layer, context);
      early.push(sent);
      return sent;
    },
    async write(image, context) {
      await Promise.all(early);
      asked.before = network.lines();
      await output.write(image, context);
      asked.after = network.lines().slice(asked.before.length);
    },
  };
  return { registry, heard, early, asked, output: watched };
}

const puts = (lines: readonly string[], digest: string) =>
  lines.filter((line) => line.startsWith("PUT /v2/app/blobs/") && line.includes(encodeURIComponent(digest)));

test("registryOutput() has the layers before the image is whole, and asks for each once", async () => {
  await using fixture = await buildFixture({ one: "1\n", two: "2\n" });
  const { registry, heard, asked, output } = place();
  const dockerfile =
    "FROM scratch AS other\nCOPY one /x\nFROM scratch\nCOPY one /\nCOPY --from=other /x /y\nCOPY two /";
  const { manifest, raw } = await fixture.build(dockerfile, { outputs: [output] });
  const layers = manifest.layers.map(({ digest }) => digest);
  // Not those of a stage that the image does not stand on.
  expect(heard).toEqual(layers);
  for (const digest of layers) {
    expect(puts(asked.before, digest)).toHaveLength(1);
    expect(asked.after.filter((line) => line.includes(digest))).toEqual([]);
  }
  expect(asked.after.at(-1)).toBe("PUT /v2/app/manifests/v1");
  const { status, headers } = await registry.send("HEAD", "/v2/app/manifests/v1");
  expect([status, headers.get("docker-content-digest")]).toEqual([200, raw.digest]);
});

test("registryOutput() sends with the image what could not be sent early", async () => {
  await using fixture = await buildFixture({ one: "1\n", two: "2\n" });
  let isDown = true;
  const { heard, early, asked, output } = place(() =>
    isDown ? new Response("out of order", { status: 503 }) : undefined,
  );
  const { manifest } = await fixture.build("FROM scratch\nCOPY one /\nCOPY two /", {
    outputs: [
      {
        ...output,
        async write(image, context) {
          await Promise.all(early);
          isDown = false;
          return output.write(image, context);
        },
      },
    ],
  });
  expect(heard).toEqual(manifest.layers.map(({ digest }) => digest));
  for (const digest of heard) {
    expect(puts(asked.before, digest)).toEqual([]);
    expect(puts(asked.after, digest)).toHaveLength(1);
  }
});

test.each([
  ["squashed", { squash: "new" }, {}],
  ["compressed anew", {}, { compression: "zstd" }],
] as const)("registryOutput() is told early of no layer that will be %s", async (_, options, shape) => {
  await using fixture = await buildFixture({ one: "1\n" });
  const { heard, output } = place();
  await fixture.build("FROM scratch\nCOPY one /", { ...options, outputs: [{ ...output, shape }] });
  expect(heard).toEqual([]);
});

test("a build that fails has sent layers, and no image", async () => {
  await using fixture = await buildFixture({ one: "1\n" });
  const { registry, heard, output } = place();
  const failing = fixture.build("FROM scratch\nCOPY one /\nCOPY missing /", { outputs: [output] });
  expect(failing).rejects.toMatchObject({ code: "not-found" });
  await failing.catch(() => {});
  expect(heard).toHaveLength(1);
  expect((await registry.send("GET", "/v2/app/tags/list")).status).not.toBe(200);
});
