/** How much an upstream lets us ask. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** When the whole limit is there again at the latest, ms since the epoch; absent where it did not say. */
  readonly resetsAtMs?: number;
  /** Whose limit it is: Docker Hub says the address or account that it counts. */
  readonly source?: string;
}

/** What `RateLimit-*` headers say (Docker Hub's and the IETF draft's form), and the older `X-RateLimit-*`. undefined: nothing. */
export function rateLimitOf(headers: Headers, nowMs: number): RateLimit | undefined {
  const [prefix] = ["ratelimit-", "x-ratelimit-"].filter((name) => headers.has(`${name}remaining`));
  if (prefix === undefined) return undefined;
  const [remaining] = numbers(headers.get(`${prefix}remaining`));
  const [limit, windowS] = numbers(headers.get(`${prefix}limit`));
  if (remaining === undefined || limit === undefined) return undefined;
  const [resetS] = numbers(headers.get(`${prefix}reset`));
  const resetsAtMs = resetTime(resetS ?? windowS, nowMs);
  const source = headers.get("docker-ratelimit-source");
  return {
    limit,
    remaining,
    ...(resetsAtMs !== undefined && { resetsAtMs }),
    ...(source !== null && { source: source.replaceAll(/[^\x21-\x7e]/g, "").slice(0, 100) }),
  };
}

/** `100;w=21600`: the number, and the seconds of its window. */
function numbers(header: string | null): number[] {
  const [, ...found] = /^\s*(\d{1,12})(?:\s*;\s*w=(\d{1,9}))?/.exec(header ?? "") ?? [];
  return found.filter((text) => text !== undefined).map(Number);
}

/** Seconds from now, or (GitHub) since the epoch. */
function resetTime(seconds: number | undefined, nowMs: number): number | undefined {
  if (seconds === undefined) return undefined;
  return seconds > 1e9 ? seconds * 1000 : nowMs + seconds * 1000;
}
