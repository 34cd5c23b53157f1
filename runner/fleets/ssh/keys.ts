/**
 * Which keys `pulumi up` can use. @pulumi/command 1.2.1 reads them with Go's x/crypto/ssh, which takes less than OpenSSH
 * does. The configuration, doctor and the lab ask here, so that all four accept the same.
 */
import { createHash, createPrivateKey, ECDH } from "node:crypto";

/** A key that `pulumi up` would refuse. */
export class UnusableKey extends Error {
  override readonly name = "UnusableKey";
  /** What the text is, and what to give instead: a phrase for a person. */
  readonly advice: string;

  /** @param message as `pulumi up` prints it. */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

export interface HostKey {
  /** Name of the only algorithm that a connection with this key offers to the server. */
  readonly algorithm: string;
  readonly bytes: Buffer;
}

const CURVES: Readonly<Record<string, string>> = {
  "ecdsa-sha2-nistp256": "prime256v1",
  "ecdsa-sha2-nistp384": "secp384r1",
  "ecdsa-sha2-nistp521": "secp521r1",
};

/**
 * @param text `ssh-ed25519 AAAA…`, as a file below /etc/ssh or known_hosts has it.
 * @throws {UnusableKey}
 */
export function readHostKey(text: string): HostKey {
  const [type = "", base64 = ""] = text.trim().split(/\s+/);
  const bytes = Buffer.from(base64, "base64");
  if (!isPublicKey(type, bytes))
    throw new UnusableKey(
      "failed to parse host key: ssh: no key found",
      "a public host key that can be decoded; take it from /etc/ssh/ssh_host_ed25519_key.pub on the host",
    );
  return { algorithm: type, bytes };
}

function isPublicKey(type: string, bytes: Buffer): boolean {
  const fields = stringsOf(bytes);
  if (fields?.[0]?.toString() !== type) return false;
  if (type === "ssh-ed25519") return fields.length === 2 && fields[1]?.length === 32;
  if (type === "ssh-rsa") return fields.length === 3;
  const curve = CURVES[type];
  const [, name, point] = fields;
  if (curve === undefined || point === undefined || type !== `ecdsa-sha2-${name}`) return false;
  try {
    // Throws for what is not on the curve.
    ECDH.convertKey(point, curve);
    return true;
  } catch {
    return false;
  }
}

/**
 * Of an `ssh-rsa` host key the connection accepts the SHA-1 signature alone, which OpenSSH has refused to make since 8.8.
 *
 * @param address for the command that reads the machine's other keys.
 */
export const rsaAdvice = (address: string): string =>
  `the machine's ed25519 or ecdsa key, from /etc/ssh/ssh_host_ed25519_key.pub or ssh_host_ecdsa_key.pub on it: with an ssh-rsa key \`pulumi up\` can ask for SHA-1 signatures only, which today's sshd refuses; compare with \`ssh-keyscan -t ed25519,ecdsa ${address}\``;

/** As `ssh-keygen -l` and a server's log show a key. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

export interface PrivateKey {
  /** The key's block of the text, and nothing beside it. */
  readonly pem: string;
  /** The block's name, as in `-----BEGIN … -----`. */
  readonly kind: string;
}

const NO_KEY = "ssh: no key found";
const PRIVATE =
  "a private key in OpenSSH's format: the content of ~/.ssh/id_ed25519, from '-----BEGIN' to the last line";

/**
 * What can be said of a private key without decrypting it.
 *
 * @param passphrase `undefined`: there is none.
 * @throws {UnusableKey}
 */
export function readPrivateKey(text: string, passphrase: string | undefined): PrivateKey {
  const block = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)^-----END \1-----[ \t]*\r?$/m.exec(text);
  const [pem = "", kind = "", content = ""] = block ?? [];
  if (block === null) throw new UnusableKey(NO_KEY, describe(text));
  if (kind === "OPENSSH PRIVATE KEY") {
    const cipher = openSshCipher(Buffer.from(content, "base64"));
    requirePassphrase(cipher !== "none", passphrase, "ssh: key is not password protected");
    return { pem, kind };
  }
  // An empty line ends the headers of a PEM block.
  const isEncrypted = /^Proc-Type:.*ENCRYPTED/m.test(content);
  if (kind === "ENCRYPTED PRIVATE KEY")
    throw new UnusableKey(
      passphrase === undefined ? `ssh: unsupported key type "${kind}"` : "ssh: not an encrypted key",
      "a key in OpenSSH's format: this one is encrypted PKCS#8; `ssh-keygen -p -f KEY` rewrites it",
    );
  if (!/^(?:RSA |EC |DSA |)PRIVATE KEY$/.test(kind))
    throw new UnusableKey(`ssh: unsupported key type "${kind}"`, PRIVATE);
  requirePassphrase(isEncrypted, passphrase, "ssh: not an encrypted key");
  if (!isEncrypted) requireReadable(pem);
  return { pem, kind };
}

function requirePassphrase(isEncrypted: boolean, passphrase: string | undefined, notEncrypted: string): void {
  if (isEncrypted && passphrase === undefined)
    throw new UnusableKey(
      "ssh: this private key is passphrase protected",
      "its passphrase as the secret privateKeyPassword, or a key without one: `ssh-keygen -p -N '' -f KEY` on a copy",
    );
  if (!isEncrypted && passphrase !== undefined)
    throw new UnusableKey(notEncrypted, "no privateKeyPassword: this key is not encrypted");
}

function requireReadable(pem: string): void {
  try {
    createPrivateKey(pem);
  } catch (error) {
    throw new UnusableKey(error instanceof Error ? error.message : String(error), PRIVATE);
  }
}

/** Name of the cipher that a key in OpenSSH's own format is encrypted with. */
function openSshCipher(bytes: Buffer): string {
  const magic = "openssh-key-v1\0";
  const cipher = bytes.toString("latin1", 0, magic.length) === magic && firstString(bytes, magic.length);
  if (!cipher) throw new UnusableKey("ssh: invalid openssh private key format", PRIVATE);
  return cipher.toString();
}

function describe(text: string): string {
  const start = text.trim();
  if (start.startsWith("PuTTY-User-Key-File"))
    return "a key in OpenSSH's format: this one is PuTTY's; `puttygen KEY.ppk -O private-openssh -o KEY` converts it";
  if (/^(?:ssh-|ecdsa-|sk-)\S+ AAAA/.test(start))
    return `${PRIVATE}: this is the public half, from the file that ends with .pub`;
  if (/^(?:~|\.{0,2}\/)[^\n]*$/.test(start)) return `${PRIVATE}: this is the name of a file`;
  if (/^[ \t]+-----BEGIN/m.test(text) || /-----BEGIN [A-Z ]+-----[ \t]+\S/.test(text))
    return `${PRIVATE}, with its line ends and without indentation`;
  return PRIVATE;
}

/** The strings of SSH's wire format that make up all of these bytes. */
function stringsOf(bytes: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = firstString(bytes, at);
    if (next === undefined) return undefined;
    found.push(next);
    at += 4 + next.length;
  }
  return found;
}

function firstString(bytes: Buffer, at: number): Buffer | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : bytes.subarray(at + 4, end);
}
