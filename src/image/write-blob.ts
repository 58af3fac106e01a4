import type { BlobReader, BlobWriter } from "../blob/mod.ts";
import { type ByteStream, KasaneError } from "../lib/mod.ts";
import { type Descriptor, digestAlgorithm } from "../oci/mod.ts";
import type { BlobOutcome } from "./source.ts";

/**
 * Writes a blob unless it is there already. The blob writer checks the digest; more bytes than the descriptor announces are
 * refused as they come.
 * @throws KasaneError `digest-mismatch`, `no-space`, `io`
 */
export async function writeBlob(
  blobs: BlobWriter & Pick<BlobReader, "stat">,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  progress?: (doneBytes: number) => void,
): Promise<BlobOutcome> {
  const { digest, size } = descriptor;
  if ((await blobs.stat(digest))?.sizeBytes === size) return "exists";
  const stream = await open();
  const upload = await blobs.begin({ algorithm: digestAlgorithm(digest) });
  try {
    let done = 0;
    for await (const chunk of stream) {
      done += chunk.length;
      if (done > size) throw wrongSize(descriptor, "more");
      await upload.write(chunk);
      progress?.(done);
    }
    if (done < size) throw wrongSize(descriptor, "fewer");
    await upload.commit(digest);
    return "copied";
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

function wrongSize({ digest, size }: Descriptor, which: string): KasaneError {
  return new KasaneError("digest-mismatch", `blob ${digest} arrived with ${which} than ${size} bytes`);
}
