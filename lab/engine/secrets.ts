import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  asSecret,
  isObject,
  isSecret,
  mapMembers,
  secretSignature,
  signatureKey,
  type Wire,
  type WireObject,
} from "./wire.ts";

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const saltBytes = 8;
/** What Pulumi's passphrase provider derives a key with. */
const iterations = 1_000_000;
/** What Pulumi encrypts beside the salt, so that a wrong passphrase is noticed. */
const probe = "pulumi";

/**
 * Encrypts as Pulumi's own passphrase provider does (AES-256-GCM, the key from PBKDF2), so that one stack file serves
 * both engines.
 */
export interface Crypter {
  /** `v1:<salt>:<encrypted probe>`, as a stack file's `encryptionsalt` has it. */
  readonly salt: string;
  encrypt(plain: string): string;
  /** Throws when the text was encrypted with another key, or was changed. */
  decrypt(cipher: string): string;
}

/**
 * The crypter of a passphrase and of a stack file's `encryptionsalt`; without one, a new salt is drawn.
 *
 * Throws when the salt belongs to another passphrase.
 */
export function createCrypter(passphrase: string, encryptionSalt?: string): Crypter {
  const [version, encodedSalt, ...encryptedProbe] = encryptionSalt?.split(":") ?? [];
  if (encryptionSalt !== undefined && (version !== "v1" || encodedSalt === undefined)) {
    throw new Error("encryptionsalt: unknown format; it must read v1:<salt>:<check>");
  }
  const salt = encodedSalt === undefined ? randomBytes(saltBytes) : Buffer.from(encodedSalt, "base64");
  const key = keyOf(passphrase, salt);
  if (encryptionSalt === undefined) {
    return {
      salt: `v1:${salt.toString("base64")}:${encrypt(key, probe)}`,
      encrypt: (plain) => encrypt(key, plain),
      decrypt: (cipher) => decrypt(key, cipher),
    };
  }
  if (!opens(key, encryptedProbe.join(":"))) {
    throw new Error("the passphrase is not the one that this stack's secrets were encrypted with");
  }
  return {
    salt: encryptionSalt,
    encrypt: (plain) => encrypt(key, plain),
    decrypt: (cipher) => decrypt(key, cipher),
  };
}

const keys = new Map<string, Buffer>();

/** To derive a key takes a quarter of a second, on purpose: once for each salt is enough. */
function keyOf(passphrase: string, salt: Buffer): Buffer {
  const name = `${salt.toString("base64")}:${passphrase}`;
  const key = keys.get(name) ?? pbkdf2Sync(passphrase, salt, iterations, keyBytes, "sha256");
  keys.set(name, key);
  return key;
}

function encrypt(key: Buffer, plain: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

function decrypt(key: Buffer, text: string): string {
  const [version, nonce, sealed] = text.split(":");
  if (version !== "v1" || nonce === undefined || sealed === undefined) {
    throw new Error("an encrypted value has an unknown format; it must read v1:<nonce>:<text>");
  }
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return decipher.update(bytes.subarray(0, -tagBytes), undefined, "utf8") + decipher.final("utf8");
}

function opens(key: Buffer, encryptedProbe: string): boolean {
  try {
    return decrypt(key, encryptedProbe) === probe;
  } catch {
    return false;
  }
}

/** Reads the passphrase at `path`; the first time it is drawn at random and kept there, for its owner only. */
export function passphraseFile(path: string): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, randomBytes(keyBytes).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
  chmodSync(path, 0o600);
  return readFileSync(path, "utf8").trim();
}

/** Replaces each secret by its encrypted form, for storage. */
export function sealed(value: Wire, crypter: Crypter): Wire {
  if (isSecret(value)) {
    return { [signatureKey]: secretSignature, ciphertext: crypter.encrypt(JSON.stringify(value.value)) };
  }
  return mapMembers(value, (member) => sealed(member, crypter));
}

/** The inverse of {@link sealed}. */
export function unsealed(value: Wire, crypter: Crypter): Wire {
  if (isObject(value) && value[signatureKey] === secretSignature && typeof value.ciphertext === "string") {
    const plain: Wire = JSON.parse(crypter.decrypt(value.ciphertext));
    return asSecret(plain);
  }
  return mapMembers(value, (member) => unsealed(member, crypter));
}

export function sealedObject(value: WireObject, crypter: Crypter): WireObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sealed(member, crypter)]));
}

export function unsealedObject(value: WireObject, crypter: Crypter): WireObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unsealed(member, crypter)]));
}
