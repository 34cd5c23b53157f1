import { parseDocument } from "yaml";
import { pathOf } from "./config.ts";
import { createCrypter } from "./secrets.ts";
import type { ConfigEntry } from "./types.ts";

/**
 * Sets values in the text of a stack's file, secrets sealed by the passphrase as Pulumi does it: the real engine opens
 * them. What else is in the file stays, comments included.
 *
 * Throws for a secret that is no text, and for a file whose secrets have another passphrase.
 *
 * @example
 * const text = sealStackFile("config:\n  shop:size: 3\n", [{ key: "gitlab:token", value: "glpat-…", secret: true }], passphrase);
 */
export function sealStackFile(text: string, entries: readonly ConfigEntry[], passphrase: string): string {
  const document = parseDocument(text);
  const present = document.get("encryptionsalt");
  const crypter = createCrypter(passphrase, typeof present === "string" ? present : undefined);
  document.set("encryptionsalt", crypter.salt);
  for (const { key, value, secret } of entries) {
    if (secret === true && typeof value !== "string") {
      throw new Error(`${key}: only a text can be secret`);
    }
    const set = secret === true ? { secure: crypter.encrypt(String(value)) } : value;
    document.setIn(["config", ...pathOf(key)], document.createNode(set));
  }
  return document.toString({ lineWidth: 0 });
}
