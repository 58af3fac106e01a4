import type { PathMatcher } from "../../dockerfile/mod.ts";
import { DirectorySource } from "../directory-source.ts";
import { parseGitAddress } from "../git/git-address.ts";
import type { GitSources } from "../git/git-sources.ts";

/** The files of a repository, and the time of the commit they are of. */
export async function openRepository(
  text: string,
  options: { git: GitSources; name: string; keepGitDir?: boolean | undefined },
): Promise<{
  tree: DirectorySource;
  without: (ignore: PathMatcher) => DirectorySource;
  timeSeconds: number;
}> {
  const { git, name } = options;
  const address = parseGitAddress(text.replace(/^github\.com\//, "https://$&"));
  const keepGitDir = options.keepGitDir ?? address.keepGitDir ?? false;
  const { path, timeSeconds } = await git.checkOut(await git.resolve(address), { keepGitDir });
  return {
    tree: new DirectorySource(path, { name }),
    without: (ignore) => new DirectorySource(path, { name, ignore }),
    timeSeconds,
  };
}
