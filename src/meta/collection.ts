import { type Finding, type Item, type Keeper, keyOf, type Patience } from "./finding.ts";
import { isAlive } from "./leases.ts";
import { RemainingContents } from "./remaining-contents.ts";
import { sourcesOf, userOf } from "./repository-use.ts";
import { Roots } from "./roots.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/**
 * Decides what goes, and what goes with it, without changing anything: for one transaction, whether that carries it out or only tells.
 * What is decided to go counts as gone for everything that is looked at after it, and what it kept is looked at (again).
 */
export class Collection {
  readonly findings = new Map<string, { item: Item; finding: Finding }>();
  readonly gone = { links: new Set<string>(), manifests: new Set<string>(), objects: new Set<string>() };
  /** Reviews that begin to wait again, whatever else is decided. */
  readonly restarted: Item[] = [];
  readonly roots: Roots;
  readonly #database: SqliteDatabase;
  readonly #patience: Patience;
  readonly #rest: RemainingContents;
  readonly #queue: Item[] = [];
  readonly #assumed = new Map<string, Item>();

  constructor(
    database: SqliteDatabase,
    options: { patience: Patience; nowMs: number; isExpiredGone?: boolean },
  ) {
    this.#database = database;
    this.#patience = options.patience;
    const { nowMs, isExpiredGone = false } = options;
    this.roots = new Roots(database, { nowMs, isExpiredGone, gone: this.gone });
    this.#rest = new RemainingContents(database, { nowMs, gone: this.gone });
  }

  /** Reviews that are written already as far as this collection is concerned, whatever the table says. */
  assume(items: readonly Item[]): void {
    for (const item of items) this.#assumed.set(keyOf(item), item);
  }

  decide(items: readonly Item[]): void {
    this.#queue.push(...items);
    // What is pushed while it runs is looked at as well.
    for (const item of this.#queue) {
      const key = keyOf(item);
      if (this.findings.get(key)?.finding.decision === "remove") continue;
      this.findings.set(key, { item, finding: this.#find(item) });
    }
    this.#queue.length = 0;
  }

  /** When the item may be decided; Infinity for what nothing decides. */
  dueAtMs({ kind, since }: Item): number {
    const { linkMs, objectMs, untaggedMs = Number.POSITIVE_INFINITY } = this.#patience;
    return since + (kind === "manifest" ? untaggedMs : kind === "object" ? objectMs : linkMs);
  }

  #find(item: Item): Finding {
    if (item.kind === "link") return this.#findLink(item);
    if (item.kind === "manifest") return this.#findManifest(item);
    if (item.kind === "object") return this.#findObject(item);
    return this.#findRepository(item);
  }

  #findLink(item: Item): Finding {
    const { repository, digest } = item;
    const link = "SELECT 1 FROM repository_blobs WHERE repository = ? AND digest = ?";
    if (!this.#database.first(link, repository, digest)) return { decision: "absent" };
    const user = userOf(this.#database, item, {
      undoneAtMs: this.roots.nowMs,
      except: this.gone.manifests,
    });
    if (user) return { decision: "keep", because: { what: "manifest", ...user } };
    const wait = this.#wait(item);
    if (wait) return wait;
    this.gone.links.add(`${repository} ${digest}`);
    this.#next({ kind: "object", repository: "", digest, reason: "unlinked" }, item.since);
    this.#next({ kind: "repository", repository, digest: "", reason: "unlinked" }, item.since);
    return { decision: "remove" };
  }

  /**
   * A manifest stays with a tag, with whatever stays that is above it in its repository (an index, a subject), and with what is above it
   * and not decided yet. The uppermost goes first, so that no index is ever without its children; what it kept is looked at then. Where
   * manifests are above each other in a circle, which the specification does not forbid, all of the circle go together.
   */
  #findManifest(item: Item): Finding {
    const { repository, digest } = item;
    if (!this.#rest.has(repository, digest)) return { decision: "absent" };
    const above = new Set([digest]);
    let uppermost: string | undefined;
    let isInCircle = false;
    for (const at of above) {
      const keeper =
        this.#rest.tagOf(repository, at) ?? (at === digest ? undefined : this.#waiting(repository, at));
      if (keeper) return { decision: "keep", because: keeper };
      const sources = [...sourcesOf(this.#database, { repository, digest: at })];
      const here = sources.filter((source) => this.#rest.has(repository, source));
      if (here.length === 0 && this.#rest.has(repository, at)) uppermost ??= at;
      isInCircle ||= here.includes(digest);
      for (const source of here) above.add(source);
      for (const source of sources) if (this.#rest.canRestore(repository, source)) above.add(source);
    }
    const others = [...above].filter((at) => at !== digest && this.#rest.has(repository, at));
    const decider = uppermost ?? (isInCircle ? digest : others[0]);
    if (this.#patience.untaggedMs === undefined) return { decision: "keep", because: { what: "no policy" } };
    if (decider !== undefined && decider !== digest) {
      return { decision: "keep", because: { what: "waiting manifest", manifest: decider } };
    }
    const wait = this.#wait(item);
    if (wait) return wait;
    const circle = isInCircle ? others.map((at) => ({ ...item, digest: at })) : [];
    // Of those that were in use until now nobody noted who was told that they are there.
    const since = this.roots.nowMs - this.#headStartMs();
    const latest = Math.max(
      ...circle.map((each) => this.dueAtMs(this.#reviewOf(each) ?? { ...each, since })),
    );
    if (latest > this.roots.nowMs) {
      this.restarted.push(...[item, ...circle].map((each) => ({ ...each, since })));
      return { decision: "wait", untilMs: latest };
    }
    for (const each of [item, ...circle]) this.#removeManifest(each);
    return { decision: "remove" };
  }

  #removeManifest(item: Item): void {
    const { repository, digest } = item;
    this.gone.manifests.add(`${repository} ${digest}`);
    this.findings.set(keyOf(item), { item, finding: { decision: "remove" } });
    const reason = "its manifest is gone";
    this.#next({ kind: "object", repository: "", digest, reason }, item.since);
    this.#next({ kind: "repository", repository, digest: "", reason }, item.since);
    const targets = this.#database.all<{ target: string }>(
      "SELECT target FROM edges WHERE source = ?",
      digest,
    );
    for (const { target } of targets) {
      // As long as these were in use nobody noted who was told that they are there: their grace time begins now.
      this.#next({ kind: "link", repository, digest: target, reason }, this.roots.nowMs);
      this.#next(
        { kind: "manifest", repository, digest: target, reason },
        this.roots.nowMs - this.#headStartMs(),
      );
    }
  }

  /** Manifests that had no tag all the time wait for no longer than the grace time again. */
  #headStartMs(): number {
    const { linkMs, untaggedMs = 0 } = this.#patience;
    return Math.max(0, untaggedMs - Math.max(0, linkMs));
  }

  #findObject(item: Item): Finding {
    const { digest } = item;
    const root = this.roots.of(digest);
    if (root) return { decision: "keep", because: { what: "root", root } };
    const wait = this.#wait(item);
    if (wait) return wait;
    const claim = this.#database.first<{ owner: string; expires_at: number }>(
      "SELECT owner, expires_at FROM claims WHERE key = ?",
      digest,
    );
    if (claim && isAlive(claim)) return { decision: "keep", because: { what: "claimed" } };
    this.gone.objects.add(digest);
    const targets = this.#database.all<{ target: string }>(
      "SELECT target FROM edges WHERE source = ?",
      digest,
    );
    for (const { target } of targets) {
      this.#next(
        { kind: "object", repository: "", digest: target, reason: "its manifest is gone" },
        item.since,
      );
    }
    const isNoted = this.#database.first("SELECT 1 FROM blobs WHERE digest = ?", digest) !== undefined;
    return { decision: isNoted ? "remove" : "absent" };
  }

  #findRepository(item: Item): Finding {
    const { repository } = item;
    if (!this.#database.first("SELECT 1 FROM repositories WHERE name = ?", repository)) {
      return { decision: "absent" };
    }
    if (!this.#rest.isEmpty(repository)) return { decision: "keep", because: { what: "contents" } };
    return this.#wait(item) ?? { decision: "remove" };
  }

  /** What is above and may yet be tagged keeps what is below; when it goes, that is looked at again. */
  #waiting(repository: string, manifest: string): Keeper | undefined {
    const own = this.#reviewOf({ kind: "manifest", repository, digest: manifest });
    const isWaiting = own !== undefined && this.dueAtMs(own) > this.roots.nowMs;
    return isWaiting ? { what: "waiting manifest", manifest } : undefined;
  }

  #wait(item: Item): Finding | undefined {
    const untilMs = this.dueAtMs(item);
    return untilMs > this.roots.nowMs ? { decision: "wait", untilMs } : undefined;
  }

  /** Something above goes: has the time come for this as well? It waits on if it was heard of more lately. */
  #next(item: Omit<Item, "since">, since: number): void {
    this.#queue.push(this.#reviewOf(item) ?? { ...item, since });
  }

  #reviewOf({ repository, digest, kind }: Pick<Item, "repository" | "digest" | "kind">): Item | undefined {
    const assumed = this.#assumed.get(keyOf({ kind, repository, digest }));
    if (assumed) return assumed;
    return this.#database.first<Item>(
      "SELECT kind, repository, digest, since, reason FROM reviews WHERE repository = ? AND digest = ? AND kind = ?",
      repository,
      digest,
      kind,
    ) as Item | undefined;
  }
}
