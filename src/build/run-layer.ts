import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ImageLayer } from "../image/mod.ts";
import { createUpper, diffUpper } from "../layer/mod.ts";
import { chainIds, digestOf, mediaTypes } from "../oci/mod.ts";
import { hasSingleUid, requirePrivilege } from "../sandbox/mod.ts";
import { type RunParts, runInSandbox } from "./run-in-sandbox.ts";
import type { StageBuilder } from "./stage-builder.ts";

const emptyDigest = digestOf("");

/** The image so far as lower directories of an overlay, the command on top of it, the upper directory as a layer. */
export async function runLayer(run: RunParts): Promise<ImageLayer> {
  const { stage } = run;
  const { session } = stage;
  requirePrivilege();
  const work = await session.store.workDirectory("run");
  if (hasSingleUid()) {
    session.warnOnce(
      "only your own uid is available (see 'kasane info'): what RUN gives to other users belongs to root in the image",
    );
  }
  try {
    await session.need(stage.layers);
    const unpacked = await session.store.unpack(unpackable(stage), { lease: session.lease });
    try {
      const at = (name: string): string => join(work.path, name);
      const tree = await session.tree(stage.layers);
      const ownership = hasSingleUid() ? "ignore" : "keep";
      for (const name of ["work", "mounts", "empty"]) mkdirSync(at(name));
      // The root of an image is readable to everyone, whatever the umask.
      chmodSync(at("empty"), 0o755);
      createUpper(at("upper"), tree.get("")?.entry, { ownership });
      // The file system's own clock, which may be some milliseconds behind the processor's.
      const startedMs = statSync(at("work")).mtimeMs;
      const lower = unpacked.lower.length > 0 ? unpacked.lower : [at("empty")];
      const { scaffolding, writtenBy } = await runInSandbox(run, {
        rootfs: { kind: "overlay", lower, upper: at("upper"), work: at("work") },
        mountDirectory: at("mounts"),
      });
      const diff = diffUpper(at("upper"), {
        lower: tree,
        xattrs: session.store.xattrs,
        ownership,
        ignore: new Set(scaffolding),
        clamp: { fromMs: stage.times.clampFromMs(startedMs), seconds: stage.base.timeSeconds },
      });
      const { descriptor, diffId, index } = await session.store.writeLayer(
        { entries: diff },
        session.layerOptions,
      );
      session.knowIndex(index);
      if (run.isRunOn && writtenBy === "kernel") {
        await session.store.adopt(
          {
            upper: at("upper"),
            descriptor,
            index,
            chainId: chainIds([...stage.layers.map((layer) => layer.diffId), diffId]).at(-1)!,
            clamp: { seconds: stage.base.timeSeconds },
          },
          { lease: session.lease },
        );
      }
      return { descriptor, diffId };
    } finally {
      await unpacked.release();
    }
  } finally {
    await work.dispose();
  }
}

function unpackable(stage: StageBuilder): Parameters<StageBuilder["session"]["store"]["unpack"]>[0] {
  const { layers, base } = stage;
  const { architecture, os } = base.platform;
  return {
    manifest: {
      kind: "manifest",
      mediaType: mediaTypes.ociManifest,
      // Nothing has a config yet; what is unpacked are layers.
      config: { mediaType: mediaTypes.ociConfig, digest: layers[0]?.diffId ?? emptyDigest, size: 0 },
      layers: layers.map(({ descriptor }) => descriptor),
    },
    config: { architecture, os, rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) } },
  };
}
