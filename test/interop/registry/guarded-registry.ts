import { join } from "node:path";
import { type AccessConfig, createAccess, createRobot } from "../../../src/access/mod.ts";
import { openFileSystemBlobs } from "../../../src/blob/mod.ts";
import { type Meta, openSqliteMeta } from "../../../src/meta/mod.ts";
import { createRegistry } from "../../../src/registry/mod.ts";
import { runOk } from "../../outside.ts";
import { peer, scratch } from "../peers.ts";

/** A registry with users, made by Apache's htpasswd, a robot and rules, on a free port. */
export interface GuardedRegistry extends AsyncDisposable {
  readonly host: string;
  readonly meta: Meta;
  readonly robotSecret: string;
  /** Everything that was said: warnings, failures, and who asked for what. */
  readonly said: readonly string[];
}

export const password = "correct horse battery staple";

/** alice may do everything below team/ and public/, robot+ci pulls and pushes below team/; with `isOpen` everybody pulls below public/. */
export async function startGuarded(options: {
  isOpen: boolean;
  config?: Partial<AccessConfig>;
}): Promise<GuardedRegistry> {
  const directory = await scratch("guarded");
  const usersPath = join(directory.path, "htpasswd");
  await Bun.write(usersPath, await runOk([peer("htpasswd"), "-Bbn", "alice", password]));
  const meta = openSqliteMeta(join(directory.path, "meta.db"));
  const robot = await createRobot(meta.robots, {
    name: "ci",
    rights: [{ repositories: "team/**", actions: ["pull", "push"] }],
  });
  const said: string[] = [];
  const nobody = { users: [], groups: [], isForAnonymous: false, isForUsers: false };
  const everything = ["pull", "push", "delete"] as const;
  const access = createAccess(
    {
      htpasswd: { realm: "guarded", path: usersPath },
      hasRobots: true,
      hasCertificateUsers: false,
      groups: {},
      rules: [
        { ...nobody, repositories: ["team/**", "public/**"], actions: everything, users: ["alice"] },
        { ...nobody, repositories: ["public/**"], actions: ["pull"], isForAnonymous: options.isOpen },
      ],
      ...options.config,
    },
    { meta, onWarning: (message) => said.push(message) },
  );
  const registry = createRegistry({
    blobs: openFileSystemBlobs(directory.path),
    meta,
    guard: access.guard,
    report: (error) => said.push(`failure: ${error}`),
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 2 ** 40,
    async fetch(request, bun) {
      const client = { address: bun.requestIP(request)!.address };
      const path = request.url.replace(/^http:\/\/[^/]*/, "");
      const response = path.startsWith("/auth/")
        ? await access.tokenEndpoint!(request, client)
        : await registry(request, client);
      said.push(`${request.method} ${path} ${response.status}`);
      if (response.status >= 400) said.push(await response.clone().text());
      return response;
    },
  });
  return {
    host: `127.0.0.1:${server.port}`,
    meta,
    robotSecret: robot.secret,
    said,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      access.close();
      await meta.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
