import { RegistryFailure } from "../../registry/mod.ts";

/** Counts the requests of each client that are uploading at this moment. Only clients that are remembered cost memory. */
export class UploadLimit {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws RegistryFailure TOOMANYREQUESTS; then there is nothing to end */
  begin(client: string): void {
    const open = this.#open.get(client) ?? 0;
    if (open >= this.#limit) {
      throw new RegistryFailure("TOOMANYREQUESTS", {
        message: `more than ${this.#limit} uploads at the same time`,
        headers: { "retry-after": "1" },
      });
    }
    this.#open.set(client, open + 1);
  }

  end(client: string): void {
    const open = this.#open.get(client) ?? 0;
    if (open <= 1) this.#open.delete(client);
    else this.#open.set(client, open - 1);
  }

  /** Requests that are uploading, of all clients. */
  get count(): number {
    let count = 0;
    for (const open of this.#open.values()) count += open;
    return count;
  }
}
