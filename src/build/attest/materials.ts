/** Something from outside that the image was made of. */
export interface Material {
  readonly uri: string;
  /** By the name of its algorithm: `sha256`, `sha1` for a commit. */
  readonly digest: Readonly<Record<string, string>>;
}

/** `https://user:password@host/…` is nobody else's business. */
function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, "$1");
}

/** What a build took from outside, noted where it is taken, cached or not. */
export class Materials {
  readonly #all = new Map<string, Material>();

  add({ uri, digest }: Material): void {
    const shown = withoutCredentials(uri);
    this.#all.set(shown, { uri: shown, digest });
  }

  /** In an order that does not depend on which came first. */
  list(): Material[] {
    return [...this.#all.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }
}
