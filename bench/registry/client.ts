import { mediaTypes } from "../../src/oci/mod.ts";
import { run } from "../../test/outside.ts";
import type { SmallImage } from "./content.ts";
import { type Answer, type Call, HttpConnection } from "./http-connection.ts";

/** Where the requests go and what they carry. */
export interface Target {
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One connection to a registry, as one client of many has it. */
export class Client {
  readonly #target: Target;
  readonly #connection: HttpConnection;

  private constructor(target: Target, connection: HttpConnection) {
    this.#target = target;
    this.#connection = connection;
  }

  static async open(target: Target): Promise<Client> {
    return new Client(target, await HttpConnection.open(target.host));
  }

  /** @throws Error unless the answer is `status` */
  async send(status: number, call: Call): Promise<Answer> {
    const answer = await this.#connection.send({
      ...call,
      headers: { ...this.#target.headers, ...call.headers },
    });
    if (answer.status === status) return answer;
    throw new Error(`${call.method} ${call.path} was answered with ${answer.status} instead of ${status}`);
  }

  /** Opens an upload; the path that closes it with `digest`. */
  async beginUpload(repository: string, digest: string): Promise<string> {
    const { headers } = await this.send(202, { method: "POST", path: `/v2/${repository}/blobs/uploads/` });
    const location = new URL(headers.get("location")!, `http://${this.#target.host}`);
    location.searchParams.set("digest", digest);
    return location.pathname + location.search;
  }

  async pushBlob(repository: string, blob: { digest: string; bytes: Uint8Array }): Promise<void> {
    const path = await this.beginUpload(repository, blob.digest);
    const body = { sizeBytes: blob.bytes.length, part: (offset: number) => blob.bytes.subarray(offset) };
    await this.send(201, { method: "PUT", path, headers: octets, body });
  }

  /** As docker does it: for each blob the question whether it is there, POST, PUT; then the manifest. */
  async pushImage({ repository, blobs, manifest }: SmallImage, tag = "v1"): Promise<void> {
    for (const blob of blobs) await this.pushBlob(repository, blob);
    const body = { sizeBytes: manifest.length, part: (offset: number) => manifest.subarray(offset) };
    const headers = { "content-type": mediaTypes.ociManifest };
    await this.send(201, { method: "PUT", path: `/v2/${repository}/manifests/${tag}`, headers, body });
  }

  close(): void {
    this.#connection.close();
  }
}

export const octets = { "content-type": "application/octet-stream" };

/** Runs `work` on `count` connections that are open from the start; the time it took, s. */
export async function atOnce(
  target: Target,
  count: number,
  work: (client: Client, index: number) => Promise<void>,
): Promise<number> {
  const clients = await Promise.all(Array.from({ length: count }, () => Client.open(target)));
  try {
    const startedMs = performance.now();
    await Promise.all(clients.map(work));
    return (performance.now() - startedMs) / 1000;
  } finally {
    for (const client of clients) client.close();
  }
}

/** Requests per second of wrk. @throws Error when an answer is not 2xx */
export async function hammer(
  target: Target,
  path: string,
  options: { seconds: number; accept?: string },
): Promise<{ rate: number; count: number }> {
  const headers = { ...target.headers, ...(options.accept && { accept: options.accept }) };
  const argv = ["wrk", "-t1", "-c32", `-d${options.seconds}s`];
  for (const [name, value] of Object.entries(headers)) argv.push("-H", `${name}: ${value}`);
  const { out } = await run([...argv, `http://${target.host}${path}`]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1]);
  const count = Number(/(\d+) requests in/.exec(out)?.[1]);
  const failures = /Non-2xx.*|Socket errors.*/.exec(out)?.[0];
  if (failures !== undefined || !(rate > 0)) throw new Error(`wrk ${path}: ${failures ?? out}`);
  return { rate, count };
}

/** curl, `count` of them at once; GB/s of all together. */
export async function transfer(
  target: Target,
  args: readonly string[],
  options: { sizeBytes: number; count?: number; status: number },
): Promise<number> {
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const argv = [
    "curl",
    "--silent",
    "--output",
    "/dev/null",
    "--write-out",
    "%{http_code}",
    ...headers,
    ...args,
  ];
  const count = options.count ?? 1;
  const startedMs = performance.now();
  const ends = await Promise.all(Array.from({ length: count }, () => run(argv)));
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { out, err } of ends)
    if (out !== String(options.status)) throw new Error(`curl ${args.join(" ")}: ${out} ${err}`);
  return (count * options.sizeBytes) / seconds / 1e9;
}
