import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { type Meta, openSqliteMeta } from "../../meta/mod.ts";
import { createRegistry, type Peer, type Registry } from "../../registry/mod.ts";
import type { AccessConfig, AccessRule } from "../access-config.ts";
import { type Access, createAccess } from "../create-access.ts";

/** bcrypt of `password` at the lowest cost, as `htpasswd -Bbn` writes it. */
export function bcryptEntry(name: string, password: string): string {
  const hash = Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 });
  return `${name}:${hash.replace("$2b$", "$2y$")}\n`;
}

export function basic(userName: string, password: string): string {
  return `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}`;
}

export function rule(given: Partial<AccessRule>): AccessRule {
  return {
    repositories: ["**"],
    actions: ["pull"],
    users: [],
    groups: [],
    isForAnonymous: false,
    isForUsers: false,
    ...given,
  };
}

const noAccess: AccessConfig = {
  hasRobots: false,
  hasCertificateUsers: false,
  rules: [],
  groups: {},
};

/** A directory, a store and a clock for tests of who may do what. */
export class AccessFixture implements AsyncDisposable {
  readonly directory: string;
  readonly meta: Meta = openSqliteMeta(":memory:");
  readonly warnings: string[] = [];
  /** What the code under test takes for the time, ms since the epoch; moves when it is told to. */
  nowMs = Date.now();
  readonly #opened: Access[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<AccessFixture> {
    return new AccessFixture(await mkdtemp(join(tmpdir(), "kasane-access-")));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async write(name: string, content: string): Promise<string> {
    await Bun.write(this.path(name), content);
    return this.path(name);
  }

  access(config: Partial<AccessConfig>): Access {
    const access = createAccess(
      { ...noAccess, ...config },
      {
        meta: this.meta,
        onWarning: (message) => this.warnings.push(message),
        now: () => this.nowMs,
      },
    );
    this.#opened.push(access);
    return access;
  }

  registry(access: Access): Registry {
    return createRegistry({ blobs: openMemoryBlobs(), meta: this.meta, guard: access.guard });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const access of this.#opened) access.close();
    await this.meta.close();
    await rm(this.directory, { recursive: true });
  }
}

export const peer: Peer = { address: "192.0.2.1" };

export function request(path: string, authorization?: string, init: RequestInit = {}): Request {
  return new Request(`http://registry.test${path}`, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...(authorization && { authorization }) },
  });
}
