import { realpathSync, statSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import { checkChecksum, type GitAddress } from "./git-address.ts";
import type { GitLimits } from "./git-limits.ts";
import { type GitAccess, GitFailure, type GitRun, runGit } from "./run-git.ts";

/** What a reference of a repository stood for when it was asked. */
export interface ResolvedGit {
  readonly address: GitAddress;
  readonly commit: string;
  /** `refs/heads/main`, `refs/tags/v1`; absent where a commit was asked for. */
  readonly ref?: string;
}

interface Access {
  readonly access: GitAccess;
  readonly signal: AbortSignal;
  readonly limits: GitLimits;
}

const wholeCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Finds the commit, without fetching anything of it. `checksum` is the beginning of the commit that it must be.
 * @throws KasaneError `network`, `not-found`, `digest-mismatch`, `unsupported` without git
 */
export async function resolveGit(
  address: GitAddress,
  options: Access & { checksum?: string | undefined },
): Promise<ResolvedGit> {
  const checksum = options.checksum ?? address.checksum;
  if (checksum !== undefined) checkChecksum(checksum);
  const ref = address.ref ?? "HEAD";
  if (wholeCommit.test(ref)) {
    checkCommit(address, checksum, [ref]);
    return { address, commit: ref };
  }
  const watch = { remote: address.remote, limits: options.limits, isRemote: true };
  const output = await said(address, () =>
    runGit(["ls-remote", "--symref", "--", address.remote, ref, `${ref}^{}`], { ...options, watch }),
  );
  const lines = output.split("\n").map((line) => line.split("\t") as [string, string?]);
  const shaOf = (name: string): string | undefined =>
    lines.find(([sha, at]) => at === name && wholeCommit.test(sha))?.[0];
  const plain = ref.replace(/^refs\//, "");
  const candidates =
    ref === "HEAD"
      ? ["HEAD"]
      : [
          `refs/${plain}`,
          `refs/heads/${plain.replace(/^heads\//, "")}`,
          `refs/tags/${plain.replace(/^tags\//, "")}`,
        ];
  for (const name of candidates) {
    const object = shaOf(name);
    if (object === undefined) continue;
    const commit = shaOf(`${name}^{}`) ?? object;
    checkCommit(address, checksum, [commit, object]);
    const branch = lines.find(([target, at]) => at === "HEAD" && target.startsWith("ref: "))?.[0].slice(5);
    const named = name === "HEAD" ? branch : name;
    return { address, commit, ...(named === undefined ? {} : { ref: named }) };
  }
  throw new KasaneError("not-found", `${address.remote} has no branch or tag ${JSON.stringify(ref)}`, {
    hint: "a commit is written with all its hexadecimal digits",
  });
}

/**
 * Puts the files of the commit into `directory`, which is made, and gives the place of what was asked for.
 * @throws KasaneError `network`, `not-found` for a directory that the repository does not have
 */
export async function checkOutGit(
  resolved: ResolvedGit,
  options: Access & { directory: string; keepGitDir: boolean },
): Promise<{ path: string; timeSeconds: number }> {
  const { directory, access, signal, limits } = options;
  const { address, commit } = resolved;
  const files = join(directory, "files");
  // Kept only with all files: what is below a directory of the repository is no repository.
  const keepGitDir = options.keepGitDir && address.subdirectory === undefined;
  const gitDirectory = keepGitDir ? join(files, ".git") : join(directory, "repository");
  await mkdir(files, { recursive: true });
  await chmod(files, 0o755);
  const watch = { remote: address.remote, limits, directory };
  const run: GitRun = { access, signal, gitDirectory, watch: { ...watch, isRemote: false } };
  const remote: GitRun = { ...run, watch: { ...watch, isRemote: true } };
  const git = (...args: string[]) => runGit(args, args[0] === "fetch" ? remote : run);
  const inFiles = (...args: string[]) => runGit(args, { ...run, workTree: files });
  return said(address, async () => {
    const format = commit.length === 64 ? ["--object-format=sha256"] : [];
    await runGit(
      [
        "init",
        "--quiet",
        "--template=",
        ...format,
        keepGitDir ? files : "--bare",
        ...(keepGitDir ? [] : [gitDirectory]),
      ],
      { access, signal },
    );
    await fetchCommit(resolved, git);
    if (keepGitDir) {
      await git("config", "remote.origin.url", address.remote);
      await git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
      await keepRef(resolved, git);
      await git("update-ref", "--no-deref", "HEAD", commit);
    }
    // An index that holds nothing of this machine: the times of files are looked up when somebody asks.
    await git("read-tree", commit);
    await inFiles("checkout-index", "--all", "--force");
    if (address.submodules && (await hasSubmodules(files))) {
      await git("config", "core.bare", "false");
      if (!keepGitDir) await git("config", "remote.origin.url", address.remote);
      const update = ["submodule", "update", "--init", "--recursive", "--depth=1", "--progress"];
      await runGit(update, { ...remote, workTree: files });
      if (!keepGitDir)
        await dropGitFiles(
          files,
          await inFiles("submodule", "--quiet", "foreach", "--recursive", 'printf "%s\\0" "$displaypath"'),
        );
    }
    const timeSeconds = Number((await git("show", "--no-patch", "--format=%ct", commit)).trim());
    if (keepGitDir) await tidy(gitDirectory);
    else await rm(gitDirectory, { recursive: true, force: true });
    return { path: insideDirectory(files, address), timeSeconds };
  });
}

/** By its name, which most servers allow; else by the reference it was found under; else everything there is. */
async function fetchCommit(
  { address, commit, ref }: ResolvedGit,
  git: (...args: string[]) => Promise<string>,
) {
  const { remote } = address;
  const shallow = ["fetch", "--progress", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", remote];
  const whole = [
    "fetch",
    "--progress",
    "--tags",
    "--no-recurse-submodules",
    "--",
    remote,
    "+refs/heads/*:refs/fetched/*",
  ];
  const attempts = [[...shallow, commit], ...(ref === undefined ? [] : [[...shallow, ref]]), whole];
  for (const [index, args] of attempts.entries()) {
    try {
      await git(...args);
      await git("cat-file", "-e", `${commit}^{commit}`);
      return;
    } catch (error) {
      if (!(error instanceof GitFailure) || index === attempts.length - 1) throw error;
      if (!/not our ref|unadvertised|shallow|depth|Not a valid object|^$/i.test(error.stderr.trim()))
        throw error;
    }
  }
}

/** The branch or tag under its name; an annotated tag is an object of its own. */
async function keepRef({ address, commit, ref }: ResolvedGit, git: (...args: string[]) => Promise<string>) {
  if (ref?.startsWith("refs/tags/")) {
    await git(
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--no-recurse-submodules",
      "--",
      address.remote,
      `+${ref}:${ref}`,
    );
  } else if (ref !== undefined) await git("update-ref", ref, commit);
}

async function hasSubmodules(files: string): Promise<boolean> {
  return Bun.file(join(files, ".gitmodules")).exists();
}

/** They name the place of this checkout on this machine. */
async function dropGitFiles(files: string, modules: string): Promise<void> {
  for (const path of modules.split("\0")) {
    if (path !== "") await rm(join(files, path, ".git"), { force: true });
  }
}

/** What differs each time although the commit is the same. */
async function tidy(gitDirectory: string): Promise<void> {
  for (const name of ["FETCH_HEAD", "ORIG_HEAD", "logs", "hooks", "description"]) {
    await rm(join(gitDirectory, name), { recursive: true, force: true });
  }
}

/** A link of the repository must not lead out of it. */
function insideDirectory(files: string, { subdirectory, remote }: GitAddress): string {
  if (subdirectory === undefined) return files;
  try {
    const top = realpathSync(files);
    const place = realpathSync(join(top, subdirectory));
    if (place.startsWith(`${top}/`) && statSync(place).isDirectory()) return place;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ELOOP" && errnoOf(error) !== "ENOTDIR")
      throw error;
  }
  throw new KasaneError("not-found", `${remote} has no directory ${subdirectory}`, {
    hint: "the part behind the colon is a directory of the repository",
  });
}

function checkCommit(address: GitAddress, checksum: string | undefined, found: readonly string[]): void {
  if (checksum === undefined || found.some((sha) => sha.startsWith(checksum.toLowerCase()))) return;
  throw new KasaneError(
    "digest-mismatch",
    `${address.remote} is at commit ${found[0]}, the checksum says ${checksum}`,
    { hint: "the branch or tag was moved: look at what changed before you take the new commit" },
  );
}

/** Turns what git said into an error, without what was secret in the address. */
async function said<T>(address: GitAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const lines = error.stderr;
    const last = lines
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !/^(Please make sure|and the repository exists)/.test(line))
      .slice(-3)
      .join("; ");
    throw new KasaneError("network", `git cannot read ${address.remote}: ${last}`, {
      hint: hintFor(address, lines),
      cause: error,
    });
  }
}

function hintFor({ isSsh, host }: GitAddress, stderr: string): string {
  if (/Host key verification failed/i.test(stderr))
    return `add the host's key to ~/.ssh/known_hosts: ssh-keyscan ${host.replace(/^(.*):(\d+)$/, "-p $2 $1")}`;
  if (isSsh && /Permission denied/i.test(stderr)) return "give an SSH agent or key with --ssh default";
  if (/Authentication failed|could not read Username|403|401/i.test(stderr)) {
    return "give a token: --secret id=GIT_AUTH_TOKEN,env=VARIABLE";
  }
  return "check the address, and that the server can be reached";
}
