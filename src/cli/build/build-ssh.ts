import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KasaneError } from "../../lib/mod.ts";

/** Agents of a build by id; the ones that were started for it end with it. */
export interface BuildAgents extends AsyncDisposable {
  readonly sockets: ReadonlyMap<string, string>;
}

/**
 * `--ssh default`, `--ssh ID=SOCKET`, `--ssh ID=KEY[,KEY]`. For key files an ssh-agent of the build's own is started.
 * @throws KasaneError `usage`, `not-found`
 */
export async function openAgents(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<BuildAgents> {
  const sockets = new Map<string, string>();
  const started: (() => Promise<void>)[] = [];
  const agents = {
    sockets,
    async [Symbol.asyncDispose]() {
      for (const stop of started.splice(0)) await stop();
    },
  };
  try {
    for (const text of texts) {
      const equals = text.indexOf("=");
      const id = equals < 0 ? text : text.slice(0, equals);
      const paths = equals < 0 ? [] : text.slice(equals + 1).split(",");
      if (paths.length === 0) sockets.set(id, ownAgent(env));
      else if (paths.length === 1 && isSocket(paths[0]!)) sockets.set(id, paths[0]!);
      else {
        const { socket, stop } = await startAgent(paths);
        started.push(stop);
        sockets.set(id, socket);
      }
    }
    return agents;
  } catch (error) {
    await agents[Symbol.asyncDispose]();
    throw error;
  }
}

function ownAgent(env: Readonly<Record<string, string | undefined>>): string {
  const socket = env.SSH_AUTH_SOCK;
  if (socket && isSocket(socket)) return socket;
  throw new KasaneError("not-found", "--ssh default needs an SSH agent, and none is running here", {
    hint: "start one (eval $(ssh-agent); ssh-add), or name a key: --ssh default=$HOME/.ssh/id_ed25519",
  });
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    throw new KasaneError("not-found", `--ssh: there is no file ${path}`, {
      hint: "name a key file or the socket of an agent",
    });
  }
}

async function startAgent(keys: readonly string[]): Promise<{ socket: string; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "kasane-agent-"));
  const socket = join(directory, "agent");
  const programs = { agent: Bun.which("ssh-agent"), add: Bun.which("ssh-add") };
  if (!programs.agent || !programs.add) {
    throw new KasaneError("not-found", "--ssh with key files needs ssh-agent and ssh-add", {
      hint: "install the package openssh-client, or give the socket of an agent",
    });
  }
  // In the foreground: it ends with us.
  const agent = Bun.spawn([programs.agent, "-D", "-a", socket], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async (): Promise<void> => {
    agent.kill();
    await agent.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  for (let count = 0; count < 200 && agent.exitCode === null; count++) {
    if (
      await Bun.file(socket)
        .stat()
        .then(
          () => true,
          () => false,
        )
    )
      break;
    await Bun.sleep(10);
  }
  const add = Bun.spawn([programs.add, "-q", "--", ...keys], {
    env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: "never" },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [complaint, code] = await Promise.all([new Response(add.stderr).text(), add.exited]);
  if (code === 0) return { socket, stop };
  await stop();
  throw new KasaneError(
    "usage",
    `--ssh: cannot use ${keys.join(", ")}: ${complaint.trim().split("\n").at(-1)}`,
    {
      hint: "a key with a pass phrase goes into an agent of your own first: ssh-add KEY, then --ssh default",
    },
  );
}
