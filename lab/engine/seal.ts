/** Secrets in a stack's file, as Pulumi's passphrase provider writes them: AES-256-GCM, the key from PBKDF2. */
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { parseDocument } from "yaml";

/** One value to set in a stack's configuration, on top of its file. */
export interface ConfigEntry {
  /** As `pulumi config set --path` takes it: `buildx-runners:fleets[0].hosts[0].privateKey`. */
  readonly key: string;
  readonly value: unknown;
  /** Encrypted in the file, and hidden in all output. Only texts can be. */
  readonly secret?: boolean;
}

const iterations = 1_000_000;

/** To derive a key takes a quarter of a second, on purpose: once for each salt is enough. */
const keys = new Map<string, Buffer>();

function keyOf(passphrase: string, salt: string): Buffer {
  const name = `${salt}:${passphrase}`;
  const key = keys.get(name) ?? pbkdf2Sync(passphrase, Buffer.from(salt, "base64"), iterations, 32, "sha256");
  keys.set(name, key);
  return key;
}

function encrypt(key: Buffer, plain: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

/** A file's `encryptionsalt`: the salt, and a word by which Pulumi notices a wrong passphrase. */
function newSalt(passphrase: string): string {
  const salt = randomBytes(8).toString("base64");
  return `v1:${salt}:${encrypt(keyOf(passphrase, salt), "pulumi")}`;
}

/** `a:b[0].c` -> `a:b`, 0, `c`. */
function pathOf(key: string): (string | number)[] {
  return [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name = ""]) =>
    index === undefined ? name : Number(index),
  );
}

/**
 * Sets values in the text of a stack's file, secrets sealed by the passphrase. What else is in the file stays, comments
 * included.
 *
 * Throws for a secret that is no text.
 *
 * @param salt `encryptionsalt` of another file with the same passphrase; the text's own unless set, and else a new one.
 *
 * @example
 * const text = sealStackFile("config:\n  shop:size: 3\n", [{ key: "gitlab:token", value: "glpat-…", secret: true }], passphrase);
 */
export function sealStackFile(
  text: string,
  entries: readonly ConfigEntry[],
  passphrase: string,
  salt?: string,
): string {
  const document = parseDocument(text);
  const present = document.get("encryptionsalt");
  const encryptionSalt = salt ?? (typeof present === "string" ? present : newSalt(passphrase));
  const key = keyOf(passphrase, encryptionSalt.split(":")[1] ?? "");
  document.set("encryptionsalt", encryptionSalt);
  for (const { key: path, value, secret } of entries) {
    if (secret === true && typeof value !== "string") throw new Error(`${path}: only a text can be secret`);
    const set = secret === true ? { secure: encrypt(key, String(value)) } : value;
    document.setIn(["config", ...pathOf(path)], document.createNode(set));
  }
  return document.toString({ lineWidth: 0 });
}
