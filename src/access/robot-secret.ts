import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What secrets begin with, so that people and scanners of repositories know one when they see it. */
const prefix = "ksn_";
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 62^43 is more than 2^256. */
const randomCharacters = 43;

/** A new secret for a robot: 256 bits of chance. */
export function createRobotSecret(): string {
  let text = "";
  while (text.length < randomCharacters) {
    for (const byte of randomBytes(64)) {
      // 248 is the last multiple of 62: every character is as likely as any other.
      if (byte < 248 && text.length < randomCharacters) text += alphabet[byte % 62];
    }
  }
  return prefix + text;
}

/** The form in which a secret is kept. A fast hash will do: nobody tries 2^256 secrets. */
export function hashRobotSecret(secret: string): string {
  return `sha256:${createHash("sha256").update(secret).digest("hex")}`;
}

/** Takes the same time whether and where they differ. */
export function isRobotSecret(secret: string, hash: string): boolean {
  const [given, kept] = [Buffer.from(hashRobotSecret(secret)), Buffer.from(hash)];
  return given.length === kept.length && timingSafeEqual(given, kept);
}
