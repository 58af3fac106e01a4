import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Repositories served over HTTP by git's own program, on a port of this machine. */
export interface GitServer extends AsyncDisposable {
  readonly address: string;
  readonly host: string;
  /** Of the last requests. */
  readonly requests: { readonly path: string; readonly authorization: string | null }[];
  /** A repository of this name, with a commit of these files; more commits by `commit`. */
  repository(name: string, files: Readonly<Record<string, string>>): GitRepository;
  /** From now on only who sends this header is let in. */
  require(authorization: string): void;
}

export interface GitRepository {
  readonly address: string;
  readonly directory: string;
  /** Runs git in it. */
  git(...args: string[]): string;
  /** Writes the files and commits everything; gives the commit. */
  commit(files: Readonly<Record<string, string>>): string;
}

export function hasGit(): boolean {
  const path = Bun.which("git");
  if (!path) return false;
  const { stdout } = Bun.spawnSync([path, "--exec-path"]);
  return Bun.which("git-http-backend", { PATH: stdout.toString().trim() }) !== null;
}

export function gitServer(): GitServer {
  const directory = mkdtempSync(join(tmpdir(), "kasane-git-"));
  const requests: { path: string; authorization: string | null }[] = [];
  let required: string | undefined;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const authorization = request.headers.get("authorization");
      requests.push({ path: url.pathname, authorization });
      if (required !== undefined && authorization?.toLowerCase() !== required.toLowerCase()) {
        return new Response("no", { status: 401, headers: { "www-authenticate": "Basic" } });
      }
      return throughGit(directory, request, url);
    },
  });
  const address = `http://127.0.0.1:${server.port}`;
  return {
    address,
    host: `127.0.0.1:${server.port}`,
    requests,
    require(authorization) {
      required = authorization;
    },
    repository(name, files) {
      const place = join(directory, name);
      mkdirSync(place, { recursive: true });
      const repository = openRepository(place, `${address}/${name}`);
      repository.git("init", "-q", "-b", "main");
      repository.git("config", "http.uploadpack", "true");
      repository.commit(files);
      return repository;
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function openRepository(directory: string, address: string): GitRepository {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Author",
    GIT_AUTHOR_EMAIL: "author@example.com",
    GIT_COMMITTER_NAME: "Author",
    GIT_COMMITTER_EMAIL: "author@example.com",
    GIT_AUTHOR_DATE: "2024-01-02T03:04:05Z",
    GIT_COMMITTER_DATE: "2024-01-02T03:04:05Z",
    GIT_ALLOW_PROTOCOL: "file:http",
  };
  const git = (...args: string[]): string => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { cwd: directory, env });
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout.toString().trim();
  };
  return {
    address,
    directory,
    git,
    commit(files) {
      for (const [path, content] of Object.entries(files)) {
        const place = join(directory, path);
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, content, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
      }
      git("add", "--all");
      git("commit", "-q", "--allow-empty", "-m", "a commit");
      return git("rev-parse", "HEAD");
    },
  };
}

/** git's CGI program. */
async function throughGit(root: string, request: Request, url: URL): Promise<Response> {
  const child = Bun.spawn(["git", "http-backend"], {
    stdin: new Uint8Array(await request.arrayBuffer()),
    stdout: "pipe",
    stderr: "ignore",
    env: {
      PATH: process.env.PATH ?? "",
      HOME: "/dev/null",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: request.headers.get("git-protocol") ?? "",
    },
  });
  const output = Buffer.from(await new Response(child.stdout).arrayBuffer());
  const end = output.indexOf("\r\n\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of output.subarray(0, end).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else headers.set(name, value);
  }
  return new Response(output.subarray(end + 4), { status, headers });
}
