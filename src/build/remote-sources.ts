import type { AddInstruction, CopyInstruction } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { digestSet } from "./attest/statement.ts";
import { DirectorySource } from "./directory-source.ts";
import { isAddress } from "./download-file.ts";
import { type GitAddress, isGitAddress, parseGitAddress } from "./git/git-address.ts";
import type { ResolvedGit } from "./git/git-source.ts";
import type { OneFile } from "./one-file.ts";
import { checkedDigest, downloadName, remoteFile } from "./remote-file.ts";
import { type SelectedSource, selectSources } from "./select-sources.ts";
import type { BuildSession } from "./session.ts";

/** The sources of one ADD that are elsewhere: downloads and repositories. */
export class RemoteSources {
  readonly #session: BuildSession;
  readonly #instruction: CopyInstruction | AddInstruction;
  readonly #downloads = new Map<string, OneFile>();

  /** @throws KasaneError `invalid-dockerfile` for COPY of what is elsewhere, and a checksum of what is here */
  constructor(session: BuildSession, instruction: CopyInstruction | AddInstruction) {
    this.#session = session;
    this.#instruction = instruction;
    const { kind, sources } = instruction;
    const remote = sources.find((source) => isGitAddress(source) || isAddress(source));
    if (kind === "copy") {
      if (remote === undefined) return;
      throw new KasaneError("invalid-dockerfile", `COPY cannot download ${remote}`, { hint: "use ADD" });
    }
    if (instruction.checksum === undefined) return;
    if (sources.length + instruction.inlineFiles.length > 1) {
      throw new KasaneError("invalid-dockerfile", "--checksum is for one source, and there are several", {
        hint: "write an ADD for each",
      });
    }
    if (remote === undefined) {
      throw new KasaneError("invalid-dockerfile", "--checksum is for a download or a git repository", {
        hint: "leave it out: files of the context are known by their content",
      });
    }
  }

  /** What decides the content. With a checksum, or a commit, nothing need be asked for. */
  async key(source: string): Promise<unknown> {
    if (isGitAddress(source)) {
      const { address, commit, ref } = await this.#resolve(source);
      const uri = ref === undefined ? address.remote : `${address.remote}#${ref}`;
      this.#session.materials.add({ uri, digest: { [commit.length > 40 ? "sha256" : "sha1"]: commit } });
      const { subdirectory = null, submodules } = address;
      const keepGitDir = this.#keepsGitDir(address);
      return ["git", commit, subdirectory, submodules, ...(keepGitDir ? [address.remote, ref ?? null] : [])];
    }
    const { checksum } = this.#add;
    const known = checksum === undefined ? undefined : checkedDigest(checksum);
    const digest = known ?? (await (await this.#download(source)).digest());
    this.#session.materials.add({ uri: source, digest: digestSet(digest) });
    return [downloadName(source), digest];
  }

  async select(source: string): Promise<SelectedSource[]> {
    if (isGitAddress(source)) {
      const resolved = await this.#resolve(source);
      const keepGitDir = this.#keepsGitDir(resolved.address);
      const { path } = await this.#session.git.checkOut(resolved, { keepGitDir });
      return selectSources(new DirectorySource(path, { name: resolved.address.remote }), "/");
    }
    const file = await this.#download(source);
    return [{ tree: file, node: file.node, name: file.node.path }];
  }

  get #add(): AddInstruction {
    return this.#instruction as AddInstruction;
  }

  #keepsGitDir(address: GitAddress): boolean {
    const { keepGitDir } = this.#add;
    if (keepGitDir !== undefined && address.keepGitDir !== undefined && keepGitDir !== address.keepGitDir) {
      throw new KasaneError("invalid-dockerfile", "--keep-git-dir and the address do not say the same", {
        hint: "leave one of them out",
      });
    }
    return keepGitDir ?? address.keepGitDir ?? false;
  }

  async #resolve(source: string): Promise<ResolvedGit> {
    const address = parseGitAddress(source);
    return this.#session.git.resolve(address, this.#add.checksum);
  }

  async #download(source: string): Promise<OneFile> {
    const known = this.#downloads.get(source);
    if (known) return known;
    const session = this.#session;
    const file = await remoteFile(source, {
      spool: session.newSpool(),
      checksum: this.#add.checksum,
      signal: session.signal,
      secrets: session.options.secrets,
    });
    this.#downloads.set(source, file);
    return file;
  }
}
