/** What @pulumi/command 1.2.1 says to connections, as its Go library was seen to; the lab and doctor must say it, too. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey, type Sshd } from "./sshd.ts";

export interface SshCase {
  readonly hostKey: string;
  readonly privateKey: string;
  readonly privateKeyPassword?: string;
}

export interface Keys {
  readonly user: string;
  readonly ec: string;
  readonly pem: string;
  readonly encrypted: string;
  readonly encryptedPem: string;
  readonly encryptedPkcs8: string;
  readonly pkcs8: string;
  readonly ed25519Pkcs8: string;
  /** Public halves of them all. */
  readonly authorized: readonly string[];
}

const PASSPHRASE = "correct horse";

export function newKeys(): Keys {
  const pairs = {
    user: newKey(),
    ec: newKey("ecdsa", "-m", "PEM"),
    pem: newKey("rsa", "-m", "PEM"),
    pkcs8: newKey("rsa", "-m", "PKCS8"),
    encrypted: newKey("ed25519", "-N", PASSPHRASE),
    encryptedPem: newKey("ecdsa", "-m", "PEM", "-N", PASSPHRASE),
    encryptedPkcs8: newKey("ecdsa", "-m", "PKCS8", "-N", PASSPHRASE),
  };
  const openssl = opensslKey();
  const texts = Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [name, pair.private]));
  return {
    ...(texts as Record<keyof typeof pairs, string>),
    ed25519Pkcs8: openssl.private,
    authorized: [...Object.values(pairs), openssl].map((pair) => pair.public),
  };
}

/** ssh-keygen writes no ed25519 key as PKCS#8, openssl does; no tool of these reads the public half of it. */
function opensslKey() {
  const pem = execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"], { encoding: "utf8" });
  const der = execFileSync("openssl", ["pkey", "-pubout", "-outform", "DER"], { input: pem });
  const string = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([string(Buffer.from("ssh-ed25519")), string(der.subarray(-32))]);
  return { private: pem, public: `ssh-ed25519 ${blob.toString("base64")}` };
}

/** A key as PuTTY writes it, where its puttygen is there; else the head of one. */
export function puttyKey(key: string): string {
  if (!existsSync("/usr/bin/puttygen"))
    return "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n";
  const directory = mkdtempSync(join(tmpdir(), "buildx-runners-putty-"));
  try {
    execFileSync("puttygen", ["/dev/stdin", "-O", "private", "-o", join(directory, "key")], { input: key });
    return readFileSync(join(directory, "key"), "utf8");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const OFFERED = "[rsa-sha2-512 rsa-sha2-256 ecdsa-sha2-nistp256 ssh-ed25519]";
const refused = (reason: string) => `ssh: handshake failed: ssh: ${reason}`;
const noCommon = (type: string) =>
  refused(`no common algorithm for host key; we offered: [${type}], peer offered: ${OFFERED}`);

/** By what is tried: how, and the text of the refusal; `null`: it is logged in. */
export function sshCases(
  { hostKeys: { ed25519: hostKey, ecdsa, rsa } }: Pick<Sshd, "hostKeys">,
  keys: Keys,
): Record<string, [SshCase, string | null]> {
  const { user: privateKey } = keys;
  const key = (text: string, privateKeyPassword?: string): SshCase => ({
    hostKey,
    privateKey: text,
    ...(privateKeyPassword === undefined ? {} : { privateKeyPassword }),
  });
  const incorrect = "x509: decryption password incorrect";
  const missing = "ssh: this private key is passphrase protected";
  return {
    "the server's ed25519 key": [{ hostKey, privateKey }, null],
    "the server's ecdsa key": [{ hostKey: ecdsa, privateKey }, null],
    "the server's rsa key": [{ hostKey: rsa, privateKey }, noCommon("ssh-rsa")],
    "another ed25519 key": [{ hostKey: newKey().public, privateKey }, refused("host key mismatch")],
    "a type that the server has no key of": [
      { hostKey: newKey("ecdsa", "-b", "384").public, privateKey },
      noCommon("ecdsa-sha2-nistp384"),
    ],
    "an EC key in PEM": [key(keys.ec), null],
    "an RSA key in PEM": [key(keys.pem), null],
    "an RSA key in PKCS#8": [key(keys.pkcs8), null],
    "an ed25519 key in PKCS#8": [key(keys.ed25519Pkcs8), null],
    "a key with line ends of Windows and text before": [
      key(`old key:\n${privateKey}`.replaceAll("\n", "\r\n")),
      null,
    ],
    "an encrypted key with its passphrase": [key(keys.encrypted, PASSPHRASE), null],
    "an encrypted PEM key with its passphrase": [key(keys.encryptedPem, PASSPHRASE), null],
    "an encrypted key without it": [key(keys.encrypted), missing],
    "an encrypted PEM key without it": [key(keys.encryptedPem), missing],
    "an encrypted key with another": [key(keys.encrypted, "wrong"), incorrect],
    "an encrypted PEM key with another": [key(keys.encryptedPem, "wrong"), incorrect],
    "a passphrase for a key that has none": [
      key(privateKey, PASSPHRASE),
      "ssh: key is not password protected",
    ],
    "a passphrase for a PEM key that has none": [key(keys.pem, PASSPHRASE), "ssh: not an encrypted key"],
    "an encrypted PKCS#8 key": [
      key(keys.encryptedPkcs8),
      'ssh: unsupported key type "ENCRYPTED PRIVATE KEY"',
    ],
    "an encrypted PKCS#8 key with its passphrase": [
      key(keys.encryptedPkcs8, PASSPHRASE),
      "ssh: not an encrypted key",
    ],
    "a public half": [key(`${newKey().public} person@computer`), "ssh: no key found"],
    "the name of a file": [key("~/.ssh/id_ed25519"), "ssh: no key found"],
    "PuTTY's format": [key(puttyKey(privateKey)), "ssh: no key found"],
    "an indented key": [key(privateKey.replace(/^/gm, "  ")), "ssh: no key found"],
    "a key on one line": [key(privateKey.replaceAll("\n", " ")), "ssh: no key found"],
    "half a key": [key(privateKey.slice(0, 200)), "ssh: no key found"],
    "a key that the server does not know": [
      key(newKey().private),
      refused("unable to authenticate, attempted methods [none publickey], no supported methods remain"),
    ],
  };
}
