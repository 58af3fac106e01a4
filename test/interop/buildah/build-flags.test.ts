/** What buildah's and podman's flags make of an image, beside buildah: layers, files, settings, annotations and times. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageFrom, layoutSource } from "../../../src/image/mod.ts";
import { kasane, missing, runOk } from "../../outside.ts";
import { type KasaneBuilder, kasaneBuilder } from "../builders/build-with-kasane.ts";
import { builtImage } from "../builders/compare-build.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";
import { withoutTraces } from "./without-traces.ts";

setDefaultTimeout(60_000);

const isMissing = missing("buildah", "busybox", "runc") || process.getuid?.() !== 0;

describe.skipIf(isMissing)("a build with buildah's flags", () => {
  let directory: Scratch;
  let builder: KasaneBuilder;
  let buildah: Peer;
  const at = (name: string) => join(directory.path, name);
  beforeAll(async () => {
    directory = await scratch("buildah-flags");
    builder = await kasaneBuilder(directory.path);
    buildah = await podman(at("storage"), "buildah");
    await buildah("pull", `docker-archive:${builder.base.archive}`);
    mkdirSync(at("context"));
    writeFileSync(at("context/a"), "a\n");
    writeFileSync(
      at("context/Dockerfile"),
      "FROM base\nLABEL a=b\nCOPY a /a\nRUN echo x > /x && mkdir /d\nENV E=1\nRUN rm /x; echo y > /d/y\n",
    );
    await runOk([kasane, "--root", at("store"), "load", "-i", builder.base.archive]);
    mkdirSync(at("shims"));
    await runOk([kasane, "shims", at("shims"), "buildah", "podman"]);
  });
  afterAll(async () => {
    await removePodmanStorage(at("storage"));
    await builder[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  async function outcome(layout: string) {
    const source = await layoutSource(layout);
    const { manifest, config } = await imageFrom(source);
    const annotations = Object.entries(manifest.annotations ?? {});
    const { history, ...rest } = await builtImage(source);
    const built = withoutTraces({ history, ...rest });
    return {
      layers: manifest.layers.length,
      steps: history.length,
      empty: config.history?.filter(({ empty_layer }) => !empty_layer).length,
      created: config.created,
      times: [...new Set(config.history?.map(({ created }) => created))],
      // buildah says what the base was called.
      annotations: Object.fromEntries(annotations.filter(([name]) => !name.includes(".image.base."))),
      tree: built.tree,
      settings: built.config,
    };
  }

  /** Kasane by another name. */
  async function oursAs(tool: "buildah" | "podman", flags: readonly string[]) {
    const layout = at(`ours-${Bun.randomUUIDv7()}`);
    const call = [join(at("shims"), tool), "build", "--network", "none", ...flags];
    await runOk([...call, "-o", `type=oci,tar=false,dest=${layout}`, at("context")], {
      env: { KASANE_ROOT: at("store") },
    });
    return outcome(layout);
  }

  async function both(flags: readonly string[]) {
    const theirs = at(`theirs-${Bun.randomUUIDv7()}`);
    await buildah("bud", "--network", "none", ...flags, "-t", `oci:${theirs}`, at("context"));
    return [await oursAs("buildah", flags), await outcome(theirs)] as const;
  }

  /** Without what buildah leaves in every image, and without times that nobody asked for. */
  function comparable(tree: readonly string[]): string[] {
    return tree.map((line) => line.replace(/ @\d+/, "")).sort();
  }

  test.each([
    [["--squash"], 1],
    [["--layers=false"], undefined],
    [["--layers"], undefined],
  ])("%j: as many layers, and the same files", async (flags, layers) => {
    const [ours, theirs] = await both(flags);
    expect(ours.layers).toBe(theirs.layers);
    if (layers !== undefined) expect(ours.layers).toBe(layers);
    expect(ours.empty).toBe(ours.layers);
    expect(comparable(ours.tree)).toEqual(comparable(theirs.tree));
    expect(ours.settings.Env).toEqual(theirs.settings.Env);
  });

  test("--timestamp is the time of the image, of its own history and of the files of its own layers", async () => {
    const [ours, theirs] = await both(["--timestamp", "1600000000", "--layers=false"]);
    expect(ours.created).toBe(theirs.created);
    expect(ours.times.at(-1)).toBe(theirs.times.at(-1));
    const own = (tree: readonly string[]) => tree.filter((line) => /^\/?(a|d|d\/y)[ /]/.test(line));
    expect(own(ours.tree).length).toBeGreaterThan(0);
    expect(own(ours.tree)).toEqual(own(theirs.tree));
  });

  test("--annotation is the manifest's", async () => {
    const [ours, theirs] = await both(["--annotation", "a.b=c,d", "--annotation", "x=y=z"]);
    expect(ours.annotations).toEqual(theirs.annotations);
    expect(ours.annotations).toEqual({ "a.b": "c,d", x: "y=z" });
  });

  test.skipIf(missing("cpp"))("a Dockerfile that ends in .in goes through the C preprocessor", async () => {
    mkdirSync(at("context/parts"), { recursive: true });
    writeFileSync(at("context/parts/labels"), "LABEL from=include\n");
    writeFileSync(
      at("context/Containerfile.in"),
      '#define BASE base\n#include "parts/labels.first"\nFROM BASE\n#include "parts/labels"\n#ifdef DEBUG\nENV MODE=debug\n#else\nENV MODE=VALUE\n#endif\n# a remark that is none of its words\nRUN echo "#hello  VALUE" >/said\n',
    );
    writeFileSync(at("context/parts/labels.first"), "/* nothing */\n");
    for (const flags of [["--cpp-flag=-DVALUE=given"], ["--cpp-flag", "-DDEBUG"]]) {
      const [ours, theirs] = await both(["-f", at("context/Containerfile.in"), ...flags]);
      expect(comparable(ours.tree)).toEqual(comparable(theirs.tree));
      expect(ours.settings.Env).toEqual(theirs.settings.Env);
      expect(ours.settings).toMatchObject({ Labels: { from: "include" } });
    }
  });

  test("podman's --squash leaves the base's layers as they are; its --squash-all does not", async () => {
    const base = (await imageFrom(await layoutSource(builder.base.layout))).manifest.layers.length;
    for (const [flag, layers] of [
      ["--squash", base + 1],
      ["--squash-all", 1],
    ] as const) {
      expect((await oursAs("podman", [flag])).layers).toBe(layers);
    }
  });
});
