import type { ByteSource } from "../lib/mod.ts";
import { KasaneError, messageOf } from "../lib/mod.ts";
import { type Digest, DigestHasher, isDigest } from "../oci/mod.ts";
import type { ContentSpool } from "./content-spool.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** Git sources of ADD: git@host:path, git://, and http(s) addresses that end in .git. */
export function isGitAddress(source: string): boolean {
  return /^(git@|git:\/\/|ssh:\/\/)/.test(source) || /^https?:\/\/[^?#]+\.git([?#].*)?$/.test(source);
}

/** Bytes a single ADD may download. */
const maxDownloadBytes = 64 * 1024 ** 3;

/**
 * What an http(s) address gives.
 * @throws KasaneError `network`, `limit-exceeded`; what `signal` says
 */
export async function* downloadFile(
  address: string,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const url = parseAddress(address);
  const shown = `${url.origin}${url.pathname}`;
  let sizeBytes = 0;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) {
      throw new KasaneError("network", `cannot download ${shown}: the server answered ${response.status}`);
    }
    for await (const chunk of response.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxDownloadBytes) {
        throw new KasaneError("limit-exceeded", `${shown} is larger than ${maxDownloadBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted || error instanceof KasaneError) throw error;
    throw new KasaneError("network", `cannot download ${shown}: ${messageOf(error)}`, { cause: error });
  }
}

/** What ADD got from an http(s) address: one file, of mode 0600, named after the last part of the address. */
export class RemoteFile implements SourceTree {
  readonly name: string;
  readonly node: SourceNode;
  readonly #digest: Digest;
  readonly #spool: ContentSpool;

  private constructor(address: string, node: SourceNode, digest: Digest, spool: ContentSpool) {
    this.name = address;
    this.node = node;
    this.#digest = digest;
    this.#spool = spool;
  }

  /** @throws KasaneError `network`, `digest-mismatch`, `limit-exceeded` */
  static async download(
    address: string,
    options: { spool: ContentSpool; checksum?: string | undefined; signal: AbortSignal },
  ): Promise<RemoteFile> {
    const { spool, checksum, signal } = options;
    const url = parseAddress(address);
    if (checksum !== undefined && !isDigest(checksum)) {
      throw new KasaneError("invalid-dockerfile", `--checksum=${checksum} is no digest`, {
        hint: "write it like sha256: and 64 hexadecimal digits",
      });
    }
    const shown = `${url.origin}${url.pathname}`;
    const hasher = new DigestHasher(checksum?.startsWith("sha512:") ? "sha512" : "sha256");
    const content = new DigestHasher();
    try {
      for await (const chunk of downloadFile(address, { signal })) {
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
      throw new KasaneError(
        "digest-mismatch",
        `${shown} has the digest ${found}, --checksum says ${checksum}`,
      );
    }
    const path = fileName(url);
    const node: SourceNode = {
      path,
      type: "file",
      mode: 0o600,
      uid: 0,
      gid: 0,
      sizeBytes: content.sizeBytes,
    };
    return new RemoteFile(shown, node, content.digest(), spool);
  }

  get(path: string): SourceNode | undefined {
    return path === this.node.path ? this.node : undefined;
  }

  children(): readonly SourceNode[] {
    return [this.node];
  }

  isHidden(): boolean {
    return false;
  }

  async digest(): Promise<Digest> {
    return this.#digest;
  }

  async prepare(): Promise<void> {}

  open(): ByteSource {
    return this.#spool.read(0, this.node.sizeBytes);
  }
}

function parseAddress(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw new KasaneError("invalid-dockerfile", `${JSON.stringify(address)} is no valid address`);
  }
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
