import type { ByteSource } from "../lib/mod.ts";
import { KasaneError, messageOf } from "../lib/mod.ts";
import { type Digest, DigestHasher, isDigest } from "../oci/mod.ts";
import type { ContentSpool } from "./content-spool.ts";
import { downloadAuthorization } from "./git/git-access.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** Bytes a single ADD may download. */
const maxDownloadBytes = 64 * 1024 ** 3;
const maxRedirects = 10;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** HTTP_AUTH_HEADER_host and HTTP_AUTH_TOKEN_host are for downloads. */
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * What an http(s) address gives.
 * @throws KasaneError `network`, `limit-exceeded`; what `signal` says
 */
export async function* downloadFile(address: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const url = parseAddress(address);
  const shown = `${url.origin}${url.pathname}`;
  let sizeBytes = 0;
  try {
    const response = await followed(url, options);
    if (!response.ok || !response.body) {
      throw new KasaneError("network", `cannot download ${shown}: the server answered ${response.status}`, {
        hint:
          response.status === 401 || response.status === 403
            ? `give a token: --secret id=HTTP_AUTH_TOKEN_${url.hostname},env=VARIABLE`
            : "check the address",
      });
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

/** Redirects are followed here, so that each host gets its own credentials and never those of another. */
async function followed(start: URL, { signal, secrets }: DownloadOptions): Promise<Response> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const authorization = downloadAuthorization(url.hostname, secrets) ?? authorizationIn(url);
    const plain = new URL(url);
    plain.username = "";
    plain.password = "";
    const response = await fetch(plain, {
      signal,
      redirect: "manual",
      headers: authorization === undefined ? {} : { authorization },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
    if (url.protocol === "https:" || (url.protocol === "http:" && start.protocol === "http:")) continue;
    throw new KasaneError(
      "network",
      `cannot download ${start.origin}${start.pathname}: it leads to ${url.protocol}`,
      {
        hint: "use the address that it leads to, if you trust it",
      },
    );
  }
  throw new KasaneError("network", `cannot download ${start.origin}${start.pathname}: too many redirects`, {
    hint: "check the address",
  });
}

function authorizationIn({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
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
    options: DownloadOptions & { spool: ContentSpool; checksum?: string | undefined },
  ): Promise<RemoteFile> {
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
    if (path === "") return { ...this.node, path: "", type: "directory", mode: 0o755, sizeBytes: 0 };
    return path === this.node.path ? this.node : undefined;
  }

  children(path: string): readonly SourceNode[] {
    return path === "" ? [this.node] : [];
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
