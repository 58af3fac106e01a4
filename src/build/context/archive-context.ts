import { defaultDockerfileLimits } from "../../dockerfile/mod.ts";
import { type ByteSource, collect, KasaneError } from "../../lib/mod.ts";
import { openArchive } from "../archive.ts";
import { SpooledTar } from "../spooled-tar.ts";
import { TarSource } from "../tar-source.ts";
import { type OpenContextOptions, type OpenedContext, openNothing } from "./open-context.ts";
import { openTree } from "./tree-context.ts";

/**
 * What came through standard input or from an address: an archive of the whole context, compressed or not, or the Dockerfile itself.
 * `from` is how it came, for errors.
 */
export async function openArchiveContext(
  stream: ByteSource,
  options: Pick<OpenContextOptions, "dockerfile" | "newSpool" | "signal"> & { name: string; from: string },
): Promise<OpenedContext> {
  const { dockerfile, name, from, signal } = options;
  const raw = options.newSpool();
  for await (const chunk of stream) await raw.write(chunk);
  await raw.flush();
  const open = await openArchive(() => raw.read(0, raw.offset), { name, signal });
  if (!open) {
    if (dockerfile?.kind === "path") {
      throw new KasaneError("invalid-archive", `what came ${from} is no archive, so there is no file in it`, {
        hint: "leave --file out: what came is the Dockerfile itself",
      });
    }
    const text = await collect(raw.read(0, raw.offset), defaultDockerfileLimits.maxBytes, "the Dockerfile");
    return openNothing(dockerfile ?? { kind: "text", text, name: "Dockerfile" });
  }
  const tar = await SpooledTar.read(open(), options.newSpool(), name);
  const whole = new TarSource(tar, { name });
  return openTree(whole, dockerfile, (ignore) => new TarSource(tar, { name, ignore }));
}
