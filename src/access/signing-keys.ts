import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { SettingTable } from "../meta/mod.ts";

export const signingAlgorithm = "ES256";

/** As it stands in the settings: the private key, newest first. */
interface StoredKey {
  readonly kid: string;
  readonly createdAtMs: number;
  readonly jwk: JWK;
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

const setting = "access.token-keys";
/** Keys that sign no more but whose tokens may still be about. */
const formerKeys = 2;
/** How soon a key that another process made is used here, ms. */
const readEveryMs = 60_000;
/** How often somebody with unknown key names can make us look, ms. */
const lookEveryMs = 1000;

/** The keys that sign tokens: one set for all processes on a store, made when the first of them needs one. */
export class SigningKeys {
  readonly #settings: SettingTable;
  readonly #now: () => number;
  #keys: Promise<readonly SigningKey[]> | undefined;
  #readAtMs = 0;

  constructor(options: { settings: SettingTable; now: () => number }) {
    this.#settings = options.settings;
    this.#now = options.now;
  }

  /** The one to sign with. */
  async current(): Promise<SigningKey> {
    return (await this.#read(readEveryMs))[0]!;
  }

  async find(kid: string): Promise<SigningKey | undefined> {
    const isKey = (key: SigningKey) => key.kid === kid;
    return (await this.#read(readEveryMs)).find(isKey) ?? (await this.#read(lookEveryMs)).find(isKey);
  }

  /** What others need to verify (RFC 7517). */
  async publicSet(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.#read(readEveryMs)).map((key) => key.publicJwk) };
  }

  async #read(ageMs: number): Promise<readonly SigningKey[]> {
    const nowMs = this.#now();
    if (this.#keys === undefined || nowMs - this.#readAtMs >= ageMs || nowMs < this.#readAtMs) {
      this.#readAtMs = nowMs;
      const reading = this.#load();
      this.#keys = reading;
      // What could not be read is read again next time.
      reading.catch(() => {
        if (this.#keys === reading) this.#keys = undefined;
      });
    }
    return await this.#keys;
  }

  async #load(): Promise<readonly SigningKey[]> {
    const stored =
      (await this.#settings.get(setting)) ??
      (await this.#settings.getOrPut(setting, JSON.stringify([await newKey(this.#now())])));
    return await Promise.all((JSON.parse(stored) as StoredKey[]).map(importKey));
  }
}

/**
 * From now on tokens are signed with a new key; those of the last keys are still taken until they end. Running processes follow within
 * a minute.
 */
export async function rotateSigningKey(settings: SettingTable, nowMs = Date.now()): Promise<void> {
  const stored = JSON.parse((await settings.get(setting)) ?? "[]") as StoredKey[];
  await settings.put(setting, JSON.stringify([await newKey(nowMs), ...stored].slice(0, 1 + formerKeys)));
}

async function newKey(createdAtMs: number): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(jwk), createdAtMs, jwk };
}

async function importKey({ kid, jwk }: StoredKey): Promise<SigningKey> {
  const { d: _private, ...rest } = jwk;
  const publicJwk: JWK = { ...rest, kid, alg: signingAlgorithm, use: "sig" };
  const [privateKey, publicKey] = await Promise.all([
    importJWK(jwk, signingAlgorithm),
    importJWK(publicJwk, signingAlgorithm),
  ]);
  return { kid, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey, publicJwk };
}
