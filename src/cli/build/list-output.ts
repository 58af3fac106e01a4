import { type BuildOutput, storeOutput } from "../../build/mod.ts";

/** `--manifest LIST`: the images go into the store, and into a list of it, which is made where there is none. */
export function listOutput(list: string): BuildOutput {
  const stored = storeOutput({ names: [] });
  return {
    title: "manifest list",
    async write(image, context) {
      await stored.write(image, context);
      const { createManifestList } = await import("../../sync/mod.ts");
      const children = image.platforms.map(({ descriptor }) => descriptor);
      const content = { children, annotations: {}, origins: {} };
      await createManifestList(context.store, list, content, { isAmending: true });
    },
  };
}
