import { type Digest, digestOf } from "../../../src/oci/mod.ts";
import type { Image, Pool } from "./images.ts";
import type { Change, Model } from "./model.ts";
import type { MortalServer } from "./server.ts";

/** The server went away, or has no room: nobody knows what became of the request. */
class Lost extends Error {}

export interface ClientOptions {
  readonly servers: readonly MortalServer[];
  readonly model: Model;
  readonly pool: Pool;
  readonly random: () => number;
  /** Of this client alone. */
  readonly ownRepository: string;
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  /** Something that must never be. */
  readonly violation: (text: string) => void;
  /** How long a blob that was sent stays without a manifest, ms. A client that only looks (HEAD) counts on more than minutes. */
  readonly graceMs: number;
  /** Answers that a full disk gives. */
  readonly mayBeFull?: boolean;
  readonly done: Record<string, number>;
}

/** One client that does what clients do, at random. Everything it was told goes into the model. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** One thing, to its end or to the loss of the server. */
  async step(): Promise<void> {
    const { random, done } = this.#options;
    const choices: [number, string, () => Promise<void>][] = [
      [
        40,
        "push",
        () => this.push(this.#pick(this.#options.repositories), this.#pick(this.#options.pool.images)),
      ],
      [25, "pull", () => this.#pull()],
      [7, "delete tag", () => this.#deleteTag()],
      [6, "delete manifest", () => this.#deleteManifest()],
      [4, "delete blob", () => this.#deleteBlob()],
      [20, "churn", () => this.#churn()],
      [3, "cancel upload", () => this.#cancelUpload()],
      [4, "list", () => this.#list()],
    ];
    let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = choices.find(([weight]) => {
      left -= weight;
      return left < 0;
    });
    const [, name, act] = chosen ?? choices[0]!;
    try {
      await act();
      done[name] = (done[name] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      done.lost = (done.lost ?? 0) + 1;
      await Promise.all(this.#options.servers.map((server) => server.up()));
    }
  }

  /** Blobs, children, then the manifest by tag or by digest. */
  async push(repository: string, image: Image, options: { tag?: string } = {}): Promise<void> {
    const { model, random, graceMs, tags } = this.#options;
    const beganMs = performance.now();
    const seen = new Map<Digest, number>();
    for (const child of image.children) await this.push(repository, child, { tag: "" });
    for (const blob of image.blobs) {
      const at = model.now();
      await this.#ensureBlob(repository, blob);
      seen.set(blob, at);
    }
    const tag = options.tag ?? (random() < 0.8 ? this.#pick(tags) : "");
    const byDigest = tag === "" || random() < 0.3;
    const path = byDigest ? `${image.digest}${tag === "" ? "" : `?tag=${tag}`}` : tag;
    const change = model.begin();
    const put = Object.assign(change, { blobs: seen as ReadonlyMap<Digest, number> | undefined });
    model.putManifest(repository, image.digest, put);
    const tagging = { start: change.start, end: Number.POSITIVE_INFINITY, isAcknowledged: false };
    if (tag !== "") model.changeTag(repository, tag, tagging, image.digest);
    const response = await this.#change(
      repository,
      [change, tagging],
      `/v2/${repository}/manifests/${path}`,
      {
        method: "PUT",
        body: image.bytes as Uint8Array<ArrayBuffer>,
        headers: { "content-type": image.mediaType },
      },
    );
    if (response.status !== 201) throw this.#wrong("PUT manifest", response);
    if (performance.now() - beganMs > graceMs * 0.6) put.blobs = undefined;
  }

  async #ensureBlob(repository: string, digest: Digest): Promise<void> {
    const { random, pool, repositories } = this.#options;
    const path = `/v2/${repository}/blobs/`;
    const isPatient = this.#options.graceMs > 10 * 60_000;
    if (
      isPatient &&
      random() < 0.7 &&
      (await this.#ask(`${path}${digest}`, { method: "HEAD" })).status === 200
    )
      return;
    if (random() < 0.3) {
      const from = random() < 0.5 ? `&from=${this.#pick(repositories)}` : "";
      const mounted = await this.#ask(`${path}uploads/?mount=${digest}${from}`, { method: "POST" });
      if (mounted.status === 201) return;
      if (mounted.status !== 202) throw this.#wrong("mount", mounted);
      return this.#send(digest, mounted.headers.get("location")!, pool.blobs.get(digest)!);
    }
    if (random() < 0.4) {
      const body = pool.blobs.get(digest)! as Uint8Array<ArrayBuffer>;
      const init = { method: "POST", body, ...this.#patience() };
      const whole = await this.#ask(`${path}uploads/?digest=${digest}`, init);
      if (whole.status !== 201) throw this.#wrong("POST blob", whole);
      return;
    }
    const begun = await this.#ask(`${path}uploads/`, { method: "POST" });
    if (begun.status !== 202) throw this.#wrong("POST upload", begun);
    await this.#send(digest, begun.headers.get("location")!, pool.blobs.get(digest)!);
  }

  /** In one PUT, or in chunks that go on after a loss where the server says. */
  async #send(digest: Digest, location: string, bytes: Uint8Array): Promise<void> {
    const { random, servers } = this.#options;
    let offset = 0;
    let wasLost = false;
    let furthest = 0;
    const chunks = random() < 0.5 ? 0 : 1 + Math.floor(random() * 4);
    for (let sent = 0; sent < chunks && offset < bytes.length; sent++) {
      const end = Math.min(bytes.length, offset + 1 + Math.floor(random() * bytes.length));
      furthest = Math.max(furthest, end);
      try {
        const chunk = await this.#ask(location, {
          method: "PATCH",
          body: bytes.slice(offset, end),
          ...this.#patience(),
          headers: { "content-range": `${offset}-${end - 1}`, "content-type": "application/octet-stream" },
        });
        // The server still had bytes of a connection that this client gave up: it says where to go on when it is asked again.
        if (chunk.status === 416 && wasLost) throw new Lost();
        if (await this.#foundNoRoom(location, chunk, wasLost)) throw new Lost();
        if (chunk.status !== 202) throw this.#wrong("PATCH", chunk);
        offset = end;
      } catch (error) {
        if (!(error instanceof Lost) || random() < 0.3) throw error;
        wasLost = true;
        await Promise.all(servers.map((server) => server.up()));
        const state = await this.#ask(location, { method: "GET" });
        if (state.status === 404) throw new Lost();
        if (state.status !== 204) throw this.#wrong("GET upload", state);
        // `0-0` is also what an upload without a byte says; the suite of the specification asks for it.
        const last = Number(state.headers.get("range")!.split("-")[1]);
        if (last === 0) throw new Lost();
        offset = last + 1;
        if (offset > furthest)
          return this.#options.violation(`upload ${location} has ${offset} bytes, ${furthest} were sent`);
      }
    }
    const range = offset < bytes.length ? { "content-range": `${offset}-${bytes.length - 1}` } : undefined;
    const closed = await this.#ask(`${location}?digest=${digest}`, {
      method: "PUT",
      // On a connection that was used before, Bun sends a PUT again when its server dies: an upload that the first one ended is unknown then.
      keepalive: false,
      body: bytes.slice(offset),
      headers: { "content-type": "application/octet-stream", ...range },
      ...this.#patience(),
    });
    if (closed.status === 416 && wasLost) throw new Lost();
    if (await this.#foundNoRoom(location, closed, wasLost)) throw new Lost();
    if (closed.status !== 201) throw this.#wrong(`PUT blob at ${offset} of ${bytes.length}`, closed);
  }

  /**
   * The bytes of a lost request may find no room after the server, asked while it still had them in hand, has said how many there are: such an
   * upload is gone, and stays gone.
   */
  async #foundNoRoom(location: string, { status }: Response, wasLost: boolean): Promise<boolean> {
    if (status !== 404 || !wasLost || this.#options.mayBeFull !== true) return false;
    const state = await this.#ask(location, { method: "GET" });
    if (state.status !== 404) throw this.#wrong("GET upload that was unknown", state);
    return true;
  }

  async #pull(): Promise<void> {
    const { model, random, pool, violation } = this.#options;
    const repository = this.#pick(this.#options.repositories);
    const image = this.#pick(pool.images);
    const reference = random() < 0.5 ? this.#pick(this.#options.tags) : image.digest;
    const path = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#ask(path, { method: "GET" });
    if (response.status === 404) {
      const isPromised =
        reference === image.digest
          ? model.mustHaveManifest(repository, image.digest)
          : !model.tagCandidates(repository, reference).has(undefined);
      if (isPromised) violation(`${path} is gone while it must be there`);
      return;
    }
    if (response.status !== 200) throw this.#wrong("GET manifest", response);
    const bytes = await this.#bytes(response);
    const digest = digestOf(bytes);
    if (response.headers.get("docker-content-digest") !== digest)
      violation(`${path} has other bytes than its digest`);
    const known = pool.images.find((each) => each.digest === digest);
    if (known === undefined) return violation(`${path} has bytes that nobody pushed`);
    for (const blob of known.blobs) {
      const promised = model.mustHaveBlobs(repository, digest).includes(blob);
      const isPulled = await this.pullBlob(repository, blob);
      if (!isPulled && promised && model.mustHaveBlobs(repository, digest).includes(blob)) {
        violation(`blob ${blob} of ${path} is gone while it must be there`);
      }
    }
  }

  /** False when it is not there. */
  async pullBlob(repository: string, digest: Digest): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#ask(path, { method: "GET" });
    if (response.status === 404) return false;
    if (response.status !== 200) throw this.#wrong("GET blob", response);
    if (digestOf(await this.#bytes(response)) !== digest) this.#options.violation(`${path} has other bytes`);
    return true;
  }

  async #deleteTag(): Promise<void> {
    const { model } = this.#options;
    const repository = this.#pick(this.#options.repositories);
    const tag = this.#pick(this.#options.tags);
    const change = model.begin();
    model.changeTag(repository, tag, change);
    await this.#delete(repository, change, `/v2/${repository}/manifests/${tag}`);
  }

  async #deleteManifest(): Promise<void> {
    const { model, pool } = this.#options;
    const repository = this.#pick(this.#options.repositories);
    const { digest } = this.#pick(pool.images);
    const change = model.begin();
    model.deleteManifest(repository, digest, change);
    await this.#delete(repository, change, `/v2/${repository}/manifests/${digest}`);
  }

  async #deleteBlob(): Promise<void> {
    const { model, pool } = this.#options;
    const repository = this.#pick(this.#options.repositories);
    const digest = this.#pick([...pool.blobs.keys()]);
    const change = model.begin();
    model.deleteBlob(repository, digest, change);
    await this.#delete(repository, change, `/v2/${repository}/blobs/${digest}`);
  }

  /** A blob that others bring, delete and have collected at the same time, in a repository that is nobody else's. */
  async #churn(): Promise<void> {
    const { random, pool, ownRepository, violation } = this.#options;
    const digest = this.#pick(pool.loose);
    const beganMs = performance.now();
    await this.#ensureBlob(ownRepository, digest);
    if (!(await this.pullBlob(ownRepository, digest))) {
      const tookMs = Math.round(performance.now() - beganMs);
      violation(`${ownRepository}: ${digest} came and is not there after ${tookMs} ms`);
    }
    if (random() < 0.1) return;
    const path = `/v2/${ownRepository}/blobs/${digest}`;
    const deleted = await this.#ask(path, { method: "DELETE" });
    if (deleted.status !== 202) throw this.#wrong("DELETE blob", deleted);
    if (await this.pullBlob(ownRepository, digest))
      violation(`${ownRepository}: ${digest} was deleted and is there`);
  }

  async #delete(repository: string, change: Change, path: string): Promise<void> {
    const response = await this.#change(repository, [change], path, { method: "DELETE" });
    if (response.status !== 202 && response.status !== 404) throw this.#wrong("DELETE", response);
  }

  async #cancelUpload(): Promise<void> {
    const begun = await this.#ask(`/v2/${this.#pick(this.#options.repositories)}/blobs/uploads/`, {
      method: "POST",
    });
    if (begun.status !== 202) throw this.#wrong("POST upload", begun);
    const location = begun.headers.get("location")!;
    const canceled = await this.#ask(location, { method: "DELETE" });
    if (canceled.status !== 204) throw this.#wrong("DELETE upload", canceled);
    const gone = await this.#ask(location, { method: "GET" });
    if (gone.status !== 404) throw this.#wrong("GET cancelled upload", gone);
  }

  async #list(): Promise<void> {
    const repository = this.#pick(this.#options.repositories);
    const { digest } = this.#pick(this.#options.pool.images);
    for (const path of [
      "/v2/_catalog",
      `/v2/${repository}/tags/list`,
      `/v2/${repository}/referrers/${digest}`,
    ]) {
      const response = await this.#ask(path, { method: "GET" });
      if (response.status !== 200 && response.status !== 404) throw this.#wrong("GET list", response);
      JSON.parse(new TextDecoder().decode(await this.#bytes(response)));
    }
  }

  /** A request that changes something: what was refused never happened, what was lost may have. */
  async #change(
    repository: string,
    changes: readonly Change[],
    path: string,
    init: RequestInit,
  ): Promise<Response> {
    const { model } = this.#options;
    try {
      const response = await this.#ask(path, init);
      const isDone = response.status < 300;
      for (const change of changes) {
        model.finish(change, isDone);
        if (!isDone) model.forget(repository, change);
      }
      return response;
    } catch (error) {
      for (const change of changes) model.finish(change, false);
      throw error;
    }
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    for (;;) {
      const server = this.#pick(this.#options.servers);
      let response: Response;
      try {
        response = await fetch(`${server.url}${path}`, init);
      } catch {
        throw new Lost();
      }
      // Another request on the same upload, which died with its server, may take a moment to be seen as dead.
      if (response.status === 429) {
        await response.body?.cancel();
        await Bun.sleep(50);
        continue;
      }
      if (response.status >= 500) await this.#failed(path, init, response);
      return response;
    }
  }

  async #failed(path: string, init: RequestInit, response: Response): Promise<never> {
    const text = await response.text().catch(() => "");
    const isFull = response.status === 507 && this.#options.mayBeFull === true;
    const isClean = isFull && (init.method === "HEAD" || /"code":"UNAVAILABLE"/.test(text));
    if (!isClean)
      this.#options.violation(
        `${init.method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`,
      );
    throw new Lost();
  }

  async #bytes(response: Response): Promise<Uint8Array> {
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch {
      throw new Lost();
    }
  }

  /** A few clients go away in the middle of what they send. */
  #patience(): { signal?: AbortSignal } {
    const { random } = this.#options;
    return random() < 0.05 ? { signal: AbortSignal.timeout(random() * 30) } : {};
  }

  #wrong(what: string, response: Response): Lost {
    this.#options.violation(`${what} was answered ${response.status} at ${response.url}`);
    return new Lost();
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#options.random() * list.length)]!;
  }
}
