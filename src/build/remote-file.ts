import { KasaneError } from "../lib/mod.ts";
import { type Digest, DigestHasher, isDigest } from "../oci/mod.ts";
import type { ContentSpool } from "./content-spool.ts";
import { type DownloadOptions, downloadFile, parseAddress } from "./download-file.ts";
import { OneFile } from "./one-file.ts";

/**
 * What ADD gets from an http(s) address: one file, of mode 0600, named after the last part of the address.
 * @throws KasaneError `network`, `digest-mismatch`, `limit-exceeded`
 */
export async function remoteFile(
  address: string,
  options: DownloadOptions & { spool: ContentSpool; checksum?: string | undefined },
): Promise<OneFile> {
  const { spool, checksum, signal } = options;
  const url = parseAddress(address);
  if (checksum !== undefined) checkedDigest(checksum);
  const shown = `${url.origin}${url.pathname}`;
  const hasher = new DigestHasher(checksum?.startsWith("sha512:") ? "sha512" : "sha256");
  const content = new DigestHasher();
  try {
    for await (const chunk of downloadFile(address, options)) {
      hasher.update(chunk);
      content.update(chunk);
      await spool.write(chunk);
    }
  } catch (error) {
    if (signal.aborted) throw new KasaneError("cancelled", "the build was cancelled", { cause: error });
    throw error;
  }
  await spool.flush();
  const found = hasher.digest();
  if (checksum !== undefined && found !== checksum) {
    throw new KasaneError("digest-mismatch", `${shown} has the digest ${found}, --checksum says ${checksum}`);
  }
  const { sizeBytes } = content;
  const digest = content.digest();
  return new OneFile({
    ...{ tree: shown, name: fileName(url), mode: 0o600, sizeBytes },
    digest: () => digest,
    open: () => spool.read(0, sizeBytes),
  });
}

/** @throws KasaneError `invalid-dockerfile` */
export function checkedDigest(checksum: string): Digest {
  if (isDigest(checksum)) return checksum;
  throw new KasaneError("invalid-dockerfile", `--checksum=${checksum} is no digest`, {
    hint: "write it like sha256: and 64 hexadecimal digits",
  });
}

/** What a download is called in a destination directory: the last part of the address. */
export function downloadName(address: string): string {
  return fileName(parseAddress(address));
}

function fileName(url: URL): string {
  const last = url.pathname.split("/").at(-1) ?? "";
  try {
    const decoded = decodeURIComponent(last).replaceAll("/", "_");
    return decoded === "" || decoded === "." || decoded === ".." ? "__unnamed__" : decoded;
  } catch {
    return last;
  }
}
