/** The candidate a mistyped word most likely meant (case does not count), or undefined when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // A third of the letters may be wrong, but never all of them.
  let bestDistance = Math.min(Math.ceil(wanted.length / 3) + 1, wanted.length);
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean X?`, as a hint; undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = closest(word, candidates);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** Nobody mistypes a longer word, and the work grows with the square. */
const longest = 200;

/** Insertions, deletions, replacements and swaps of neighbours; `limit` where it is at least that. */
export function editDistance(a: string, b: string, limit = longest): number {
  if (Math.abs(a.length - b.length) >= limit || Math.max(a.length, b.length) > longest) return limit;
  let previous: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, previous[j - 2]! + 1);
      }
      next.push(cost);
    }
    previous = row;
    row = next;
  }
  return Math.min(row[b.length]!, limit);
}
