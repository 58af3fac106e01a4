import { KasaneError } from "../../lib/mod.ts";

/** `ctrl-p,ctrl-q`: letters, or ctrl- with a letter or one of `@ [ \ ] ^ _`. The bytes that are typed. @throws KasaneError `usage` */
export function parseDetachKeys(text: string): number[] {
  if (text === "") return [];
  return text.split(",").map((key) => {
    if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 64;
    throw new KasaneError("usage", `invalid detach keys: ${JSON.stringify(text)}`, {
      hint: "for example ctrl-p,ctrl-q or ctrl-x,x",
      data: { exitCode: 1 },
    });
  });
}

/** Looks for the keys in what is typed, and keeps back what may be their beginning. */
export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What is to be passed on of a chunk; `isLeft` when the keys were typed. */
  push(chunk: Uint8Array): { pass: Uint8Array; isLeft: boolean } {
    if (this.#keys.length === 0) return { pass: chunk, isLeft: false };
    const pass: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        pass.push(...this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte === this.#keys[this.#matched]) {
        if (++this.#matched === this.#keys.length) return { pass: Uint8Array.from(pass), isLeft: true };
      } else pass.push(byte);
    }
    return { pass: Uint8Array.from(pass), isLeft: false };
  }
}
