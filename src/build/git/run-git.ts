import { KasaneError, messageOf } from "../../lib/mod.ts";
import { type GitWatch, watchGit } from "./git-limits.ts";

/** What the machine's git is told for one repository. */
export interface GitAccess {
  /** `Authorization` header, and the addresses it is for. */
  readonly authorization?: { readonly scope: string; readonly header: string };
  /** Socket of the SSH agent; without one, SSH has no keys. */
  readonly sshAgent?: string;
}

export interface GitRun {
  readonly access: GitAccess;
  readonly signal: AbortSignal;
  readonly watch?: GitWatch;
  readonly gitDirectory?: string;
  readonly workTree?: string;
}

export class GitFailure extends Error {
  readonly stderr: string;

  constructor(stderr: string) {
    super(stderr.trim().split("\n").at(-1) ?? "");
    this.stderr = stderr;
  }
}

const maxOutputBytes = 16 * 1024 * 1024;
const shownErrorBytes = 16 * 1024;

/** Variables of the caller that git gets: nothing of its own configuration, for that can name programs to run. */
const passedOn = [
  "PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "SSL_CERT_FILE",
  "TMPDIR",
].flatMap((name) => (name.endsWith("PROXY") ? [name, name.toLowerCase()] : [name]));

/**
 * Settings that win over those of a repository and its submodules: no hooks, no helpers, no prompts, no transport that starts a program or
 * reads this machine's files (`file`, `ext`), which a submodule could name.
 */
const settings: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["protocol.http.allow", "always"],
  ["protocol.https.allow", "always"],
  ["protocol.git.allow", "always"],
  ["protocol.ssh.allow", "always"],
  ["init.defaultBranch", "master"],
  ["advice.detachedHead", "false"],
  ["gc.auto", "0"],
  ["core.autocrlf", "false"],
  ["core.symlinks", "true"],
  ["core.logAllRefUpdates", "false"],
  ["http.lowSpeedLimit", "1000"],
];

/**
 * Runs the machine's git and gives its output.
 * @throws KasaneError `unsupported` where there is none, `cancelled`, `limit-exceeded`, `network`; GitFailure with what it said
 */
export async function runGit(args: readonly string[], run: GitRun): Promise<string> {
  const git = Bun.which("git");
  if (!git) {
    throw new KasaneError("unsupported", "this needs the program git, which is not installed here", {
      hint: "install the package git, or give the files as a directory or an archive",
    });
  }
  const own = [
    ...(run.gitDirectory ? [`--git-dir=${run.gitDirectory}`] : []),
    ...(run.workTree ? [`--work-tree=${run.workTree}`] : []),
  ];
  const argv = ["/bin/sh", "-c", script, "sh", git, ...own, ...args];
  let child: ReturnType<typeof start>;
  try {
    child = start(argv, environment(run), run.workTree ?? run.gitDirectory);
  } catch (error) {
    throw new KasaneError("io", `cannot start git: ${messageOf(error)}`, { cause: error });
  }
  // Its helpers (git-remote-https, ssh) are in its process group.
  const stop = (): void => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };
  run.signal.addEventListener("abort", stop, { once: true });
  let exceeded: KasaneError | undefined;
  const watch =
    run.watch &&
    watchGit(run.watch, (error) => {
      exceeded = error;
      stop();
    });
  try {
    if (run.signal.aborted) stop();
    const [output, stderr, code] = await Promise.all([
      bounded(child.stdout, stop),
      tail(child.stderr, () => watch?.spoke()),
      child.exited,
    ]);
    if (run.signal.aborted) {
      throw new KasaneError("cancelled", "the build was cancelled", { cause: run.signal.reason });
    }
    await watch?.last();
    if (exceeded) throw exceeded;
    if (code !== 0) throw new GitFailure(stderr);
    return output;
  } finally {
    watch?.end();
    run.signal.removeEventListener("abort", stop);
    child.stdin.end();
  }
}

/**
 * The mode of what is checked out is part of the result, whatever mask the caller has. And where the caller is killed its end of the pipe closes, and
 * git goes as well, with its helpers: it would wait for a silent server for ever.
 */
const script =
  'umask 022; exec 3<&0; (read -r end <&3; kill -KILL -$$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

function start(argv: string[], env: Record<string, string>, cwd: string | undefined) {
  return Bun.spawn(argv, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
}

/** Credentials go through the environment: arguments can be seen by everybody on the machine. */
function environment({ access, watch }: GitRun): Record<string, string> {
  const { authorization, sshAgent } = access;
  const env: Record<string, string> = {
    LC_ALL: "C",
    HOME: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    SSH_ASKPASS: "/bin/false",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_SSH_COMMAND: sshCommand(sshAgent),
  };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const all = [...settings];
  // What is watched says it in its own words first.
  if (watch) all.push(["http.lowSpeedTime", String(Math.ceil(watch.limits.idleMs / 1000) + 30)]);
  if (authorization) {
    // A redirect would take the header along to wherever it leads.
    all.push([`http.${authorization.scope}.extraHeader`, `Authorization: ${authorization.header}`]);
    all.push(["http.followRedirects", "false"]);
  }
  env.GIT_CONFIG_COUNT = String(all.length);
  for (const [index, [key, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/** Keys come from the agent that was given to the build, and from nowhere else; a host that is not known is refused. */
function sshCommand(agent: string | undefined): string {
  const home = process.env.HOME ?? "/root";
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${home}/.ssh/known_hosts`,
    "IdentityFile=none",
    `IdentityAgent=${agent ?? "none"}`,
    "ConnectTimeout=30",
    "ServerAliveInterval=30",
  ];
  return [
    "ssh",
    "-F",
    "none",
    ...options.flatMap((option) => ["-o", `'${option.replaceAll("'", "'\\''")}'`]),
  ].join(" ");
}

async function bounded(stream: ReadableStream<Uint8Array>, stop: () => void): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxOutputBytes) {
      stop();
      throw new KasaneError("limit-exceeded", `git printed more than ${maxOutputBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Its progress is a sign of life, and no error. */
async function tail(stream: ReadableStream<Uint8Array>, spoke: () => void): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    spoke();
    text = (text + decoder.decode(chunk, { stream: true })).slice(-shownErrorBytes);
  }
  return text
    .split(/[\r\n]+/)
    .filter(
      (line) => !/^(remote: )?[A-Z][a-z]+(ing)? [a-z]+: +\d+(%|,| |$)|^remote: Total |^From /.test(line),
    )
    .join("\n");
}
