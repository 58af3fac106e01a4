/** What a build leaves: index, annotations, archives, files and metadata beside BuildKit's. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type BuildkitDaemon, peer, type Scratch, scratch, startBuildkitd } from "../peers.ts";

setDefaultTimeout(60_000);

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Record<string, string>;
  readonly platform?: object;
}
interface Manifest {
  readonly mediaType: string;
  readonly annotations?: Record<string, string>;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

describe.skipIf(missing("buildkitd", "buildctl") || process.getuid?.() !== 0)(
  "kasane build, as BuildKit",
  () => {
    let directory: Scratch;
    let daemon: BuildkitDaemon;
    const at = (name: string) => join(directory.path, name);
    beforeAll(async () => {
      directory = await scratch("outputs");
      daemon = await startBuildkitd();
      mkdirSync(at("context"));
      writeFileSync(at("context/hello"), "hello\n");
      writeFileSync(
        at("context/Dockerfile"),
        "FROM scratch\nARG TARGETARCH\nCOPY hello /srv/$TARGETARCH\nCOPY --chmod=600 hello /two\nLABEL a=b\n",
      );
    });
    afterAll(async () => {
      await daemon?.[Symbol.asyncDispose]();
      await directory?.[Symbol.asyncDispose]();
    });

    /** The same build by both, with `OUT` in the output standing for a directory of its own. */
    async function both(platforms: string, output: string, annotations: readonly string[] = []) {
      const fields = annotations.map((text) => `,annotation-${text}`).join("");
      const made = {} as Record<
        "buildkit" | "kasane",
        { directory: string; metadata: Record<string, unknown> }
      >;
      for (const who of ["buildkit", "kasane"] as const) {
        const own = at(`${who}-${crypto.randomUUID()}`);
        mkdirSync(own);
        const metadata = join(own, "metadata.json");
        const what = `${output.replaceAll("OUT", own)}${fields}`;
        const context = at("context");
        const argv =
          who === "kasane"
            ? [
                kasane,
                "--root",
                at("store"),
                "build",
                "-q",
                "--platform",
                platforms,
                "-o",
                what,
                "--metadata-file",
                metadata,
                context,
              ]
            : [
                ...[peer("buildctl"), "--addr", daemon.address, "build", "--frontend", "dockerfile.v0"],
                ...[
                  "--local",
                  `context=${context}`,
                  "--local",
                  `dockerfile=${context}`,
                  "--progress",
                  "plain",
                ],
                ...["--opt", `platform=${platforms}`, "--output", what, "--metadata-file", metadata],
              ];
        await runOk(argv);
        made[who] = { directory: own, metadata: readJson(metadata) };
      }
      return made;
    }

    /** Nothing of an image is to be told where only files are written: then buildctl leaves the file out. */
    const readJson = (path: string) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});

    const two = "linux/amd64,linux/arm64";
    const blob = (layout: string, { digest }: Descriptor): Manifest =>
      JSON.parse(readFileSync(join(layout, "blobs", digest.replace(":", "/")), "utf8"));
    const notes = (annotations: Record<string, string> = {}) =>
      Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith("note")));

    /** All that two tools must say alike; digests and sizes of what each wrote in its own way left out. */
    function shapeOf(layout: string) {
      const [entry, ...others] = (JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as Manifest)
        .manifests!;
      expect(others).toEqual([]);
      const manifestShape = (descriptor: Descriptor) => {
        const { mediaType, annotations, config, layers } = blob(layout, descriptor);
        const {
          history,
          rootfs,
          config: settings,
        } = blob(layout, config!) as unknown as {
          history: { created_by: string; empty_layer?: boolean }[];
          rootfs: { diff_ids: string[] };
          config: object;
        };
        return {
          mediaType,
          annotations: notes(annotations),
          config: config!.mediaType,
          layers: layers!.map((layer) => layer.mediaType),
          steps: history.map(({ created_by, empty_layer }) => [
            created_by.replace(/ # buildkit$/, ""),
            empty_layer,
          ]),
          diffIds: rootfs.diff_ids.length,
          settings,
        };
      };
      const root = blob(layout, entry!);
      return {
        mediaType: entry!.mediaType,
        annotations: notes(entry!.annotations),
        root: root.manifests
          ? {
              annotations: notes(root.annotations),
              children: root.manifests.map((child) => ({
                platform: child.platform,
                annotations: notes(child.annotations),
                manifest: manifestShape(child),
              })),
            }
          : manifestShape(entry!),
      };
    }

    test.each([
      ["one platform", "linux/amd64", "", ["manifest.note1=a", "manifest-descriptor.note2=b"]],
      [
        "an index",
        two,
        "",
        ["manifest.note1=a", "manifest-descriptor.note2=b", "index.note3=c", "index-descriptor.note4=d"],
      ],
      [
        "annotations of one platform",
        two,
        "",
        ["manifest[linux/arm64].note1=a", "manifest-descriptor[linux/amd64].note2=b"],
      ],
      ["zstd", two, ",compression=zstd,compression-level=3,force-compression=true", []],
      ["no compression", "linux/amd64", ",compression=uncompressed,force-compression=true", []],
      ["Docker's types", two, ",oci-mediatypes=false", []],
    ] as const)("%s", async (_, platforms, fields, annotations) => {
      const { kasane: ours, buildkit } = await both(
        platforms,
        `type=oci,tar=false,dest=OUT/layout${fields}`,
        annotations,
      );
      expect(shapeOf(join(ours.directory, "layout"))).toEqual(shapeOf(join(buildkit.directory, "layout")));
      const keys = (metadata: Record<string, unknown>) => Object.keys(metadata).sort();
      expect(keys(ours.metadata)).toEqual(keys(buildkit.metadata));
      const described = ({ metadata }: typeof ours) => {
        const { mediaType, platform, annotations: own } = metadata["containerimage.descriptor"] as Descriptor;
        return { mediaType, platform, annotations: notes(own) };
      };
      expect(described(ours)).toEqual(described(buildkit));
    });

    test("index annotations without an index, and with Docker's types, are refused by both", async () => {
      for (const [platforms, field] of [
        ["linux/amd64", "annotation-index.x=y"],
        [two, "annotation-wrong.x=y"],
      ] as const) {
        await expect(both(platforms, `type=oci,tar=false,dest=OUT/layout,${field}`)).rejects.toThrow();
        const flags = ["--platform", platforms, "-o", `type=oci,dest=${at("x.tar")},${field}`];
        const { code } = await run([kasane, "--root", at("store"), "build", "-q", ...flags, at("context")]);
        expect(code).not.toBe(0);
      }
    });

    test.each([
      ["linux/amd64", ""],
      [two, ""],
      ["linux/amd64", ",platform-split=true"],
    ])("files of %s %s", async (platforms, fields) => {
      const { kasane: ours, buildkit } = await both(platforms, `type=local,dest=OUT/files${fields}`);
      const listing = (root: string) =>
        readdirSync(join(root, "files"), { recursive: true, encoding: "utf8" })
          .sort()
          .map((path) => {
            const { mode, size, uid } = statSync(join(root, "files", path));
            return [path, mode, mode & 0o40000 ? 0 : size, uid];
          });
      expect(listing(ours.directory)).toEqual(listing(buildkit.directory));
    });

    test.each(["linux/amd64", two])("a tar of %s", async (platforms) => {
      const { kasane: ours, buildkit } = await both(platforms, "type=tar,dest=OUT/files.tar");
      const listing = async (root: string) =>
        (await runOk(["tar", "tf", join(root, "files.tar")]))
          .trim()
          .split("\n")
          .map((path) => path.replace(/\/$/, ""))
          .sort();
      expect(await listing(ours.directory)).toEqual(await listing(buildkit.directory));
    });
  },
);
