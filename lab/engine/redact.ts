import { isList, isObject, isSecret, revealed, type Wire } from "./wire.ts";

/** Shorter values (`true`, a port) would blot out ordinary words and hide nothing. */
const minimumLength = 4;
/**
 * Parts of a secret are worth hiding by themselves from this length on: the lines of a private key, the members of a
 * secret object. The latter is why it is not shorter: a connection is secret as a whole, and with it would go every
 * mention of its port and user.
 */
const minimumPartLength = 16;

/** Knows the secrets of a run and keeps them out of everything that is shown. */
export class Redactor {
  readonly #secrets = new Set<string>();
  #ordered: readonly string[] | undefined;

  /** Learns a secret text, in the spellings in which it may turn up. */
  add(secret: string): void {
    if (secret.length < minimumLength || this.#secrets.has(secret)) {
      return;
    }
    const json = JSON.stringify(secret).slice(1, -1);
    const spellings = [secret, secret.trim(), json, encodeURIComponent(secret)];
    spellings.push(Buffer.from(secret).toString("base64"));
    const lines = secret.split("\n").map((line) => line.trim());
    if (lines.length > 1) {
      spellings.push(...lines.filter((line) => line.length >= minimumPartLength && !isPemBoundary(line)));
    }
    for (const spelling of spellings.filter((text) => text.length >= minimumLength)) {
      this.#secrets.add(spelling);
    }
    this.#ordered = undefined;
  }

  /** Learns every secret inside a value. */
  learn(value: Wire): void {
    if (isSecret(value)) {
      const plain = revealed(value);
      if (typeof plain === "string") {
        this.add(plain);
      } else {
        this.#learnParts(plain);
      }
      return;
    }
    const members = isList(value) ? value : isObject(value) ? Object.values(value) : [];
    for (const member of members) {
      this.learn(member);
    }
  }

  #learnParts(value: Wire): void {
    if (typeof value === "string") {
      if (value.length >= minimumPartLength) {
        this.add(value);
      }
      return;
    }
    const members = isList(value) ? value : isObject(value) ? Object.values(value) : [];
    for (const member of members) {
      this.#learnParts(member);
    }
  }

  /** The text with `[secret]` in the place of each secret. */
  text(text: string): string {
    // Longest first, so that a secret that contains another one leaves no remainder behind.
    this.#ordered ??= [...this.#secrets].sort((a, b) => b.length - a.length);
    return this.#ordered.reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
  }
}

function isPemBoundary(line: string): boolean {
  return line.startsWith("-----");
}
