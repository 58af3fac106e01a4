import type { BlobStore } from "../../blob/mod.ts";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { type Meta, openSqliteMeta } from "../../meta/mod.ts";
import { type Digest, type DigestAlgorithm, digestOf, mediaTypes } from "../../oci/mod.ts";
import { createRegistry, type Guard, type RegistryObserver } from "../mod.ts";

/** A registry in memory, and the few requests most tests make of it. */
export class TestRegistry {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly handle: (request: Request) => Promise<Response>;
  /** What the registry reported as its own failure. */
  readonly failures: unknown[] = [];

  constructor(parts: { blobs?: BlobStore; meta?: Meta; guard?: Guard; observer?: RegistryObserver } = {}) {
    this.blobs = parts.blobs ?? openMemoryBlobs();
    this.meta = parts.meta ?? openSqliteMeta(":memory:");
    this.handle = createRegistry({
      blobs: this.blobs,
      meta: this.meta,
      ...(parts.guard ? { guard: parts.guard } : {}),
      ...(parts.observer ? { observer: parts.observer } : {}),
      report: (error) => this.failures.push(error),
    });
  }

  /** `path` from `/v2/` on; sent as it stands, without the normalisation of a URL parser. */
  send(
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: NonNullable<RequestInit["body"]> } = {},
  ): Promise<Response> {
    const request = new Request("http://registry.test/", { method, ...init });
    Object.defineProperty(request, "url", { value: `http://registry.test${path}` });
    return this.handle(request);
  }

  /** Pushes a blob in one request. */
  async putBlob(
    repository: string,
    content: Uint8Array<ArrayBuffer> | string,
    algorithm?: DigestAlgorithm,
  ): Promise<Digest> {
    const digest = digestOf(content, algorithm);
    const response = await this.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
      body: content,
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return digest;
  }

  /** Pushes a manifest whose blobs need not be there. */
  async putManifest(repository: string, reference: string, document: object): Promise<Digest> {
    const body = JSON.stringify(document);
    const response = await this.send("PUT", `/v2/${repository}/manifests/${reference}`, {
      headers: { "content-type": (document as { mediaType?: string }).mediaType ?? mediaTypes.ociManifest },
      body,
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return digestOf(body);
  }

  /** Opens an upload and returns its location. */
  async begin(repository: string, query = ""): Promise<string> {
    const response = await this.send("POST", `/v2/${repository}/blobs/uploads/${query}`);
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    return response.headers.get("location")!;
  }
}

/** The code of an error answer. */
export async function errorCode(response: Response): Promise<string> {
  const body = (await response.json()) as { errors: { code: string; message: string }[] };
  return body.errors[0]!.code;
}

/** A small image manifest; `extra` goes over it. */
export function imageManifest(extra: object = {}): { mediaType: string } & Record<string, unknown> {
  const config = "{}";
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
    layers: [],
    ...extra,
  };
}
