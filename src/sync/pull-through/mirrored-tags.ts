import { isKasaneError } from "../../lib/mod.ts";
import { isTag } from "../../registry/mod.ts";
import { Flights } from "./flights.ts";
import type { Mirrored, MirrorParts } from "./mirror-parts.ts";
import { RecentAnswers } from "./recent-answers.ts";

/** Most tags of a repository that are read. */
const tagLimit = 200_000;
/** Lists that are kept for the pages that follow. */
const listLimit = 100;

/** Lists of an upstream's tags. They come in whatever order the upstream has, so a page of ours needs all of them. */
export class MirroredTags {
  readonly #parts: MirrorParts;
  readonly #flights = new Flights();
  readonly #lists: RecentAnswers<readonly string[]>;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
    this.#lists = new RecentAnswers({ now: parts.now, limit: listLimit });
  }

  /** See PullThrough.listTags(). */
  async list(repository: string, page: { after?: string; limit: number }): Promise<string[] | undefined> {
    const mirrored = this.#parts.find(repository);
    if (mirrored === undefined) return undefined;
    try {
      const tags = this.#lists.get(repository) ?? (await this.#read(repository, mirrored));
      const start = page.after === undefined ? 0 : firstAfter(tags, page.after);
      return tags.slice(start, start + page.limit);
    } catch (error) {
      if (isKasaneError(error)) return undefined;
      throw error;
    }
  }

  #read(repository: string, { upstream, remote }: Mirrored): Promise<readonly string[]> {
    return this.#flights.run(repository, async () => {
      const { patience } = this.#parts;
      const tags = await upstream.ask(
        async (call) => {
          const found = new Set<string>();
          for await (const tag of upstream.client.listTags(remote, call)) {
            if (isTag(tag)) found.add(tag);
            if (found.size >= tagLimit) break;
          }
          return [...found].sort((a, b) => (a < b ? -1 : 1));
        },
        { deadlineMs: patience.fetchMs, attempts: 1 },
      );
      this.#lists.put(repository, tags, patience.listMs);
      return tags;
    });
  }
}

/** Index of the first tag in byte order after `after`. */
function firstAfter(tags: readonly string[], after: string): number {
  let [low, high] = [0, tags.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tags[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
