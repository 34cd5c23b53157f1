/**
 * Logs in over SSH by the rules of @pulumi/command 1.2.1, and with the texts of its errors: what doctor and the lab can
 * log in to, `pulumi up` can, and nothing else.
 */
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { getSystemErrorMessage } from "node:util";
import ssh2, { type Algorithms, type AnyAuthMethod, type Client, type ServerHostKeyAlgorithm } from "ssh2";
import { fingerprint, readHostKey, readPrivateKey, UnusableKey } from "./keys.ts";

/** What a connection says of itself, in plain text. */
export interface Login {
  readonly user: string;
  /** `undefined`: any key is accepted. */
  readonly hostKey?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly privateKeyPassword?: string | undefined;
  /** Socket of an SSH agent. */
  readonly agent?: string | undefined;
}

/** Methods to try, in this order. */
export type Credentials = readonly AnyAuthMethod[];

/** The server refused the client, or the client the server. */
export class LoginFailure extends Error {
  override readonly name = "LoginFailure";
  readonly stage: "host-key" | "authentication";
  /** Fingerprint of the key that the server showed, where that is not the expected one. */
  readonly shown: string | undefined;
  /** The server's algorithms, where none of them is the host key's. */
  readonly offered: readonly string[] | undefined;

  constructor(
    stage: LoginFailure["stage"],
    reason: string,
    more: { readonly shown?: string | undefined; readonly offered?: readonly string[] | undefined } = {},
  ) {
    super(`ssh: handshake failed: ${reason}`);
    this.stage = stage;
    this.shown = more.shown;
    this.offered = more.offered;
  }
}

/** Algorithms of x/crypto/ssh 0.48, but for mlkem768x25519-sha256, which every server has others beside. */
const ALGORITHMS = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group14-sha1",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
  ],
  hmac: [
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
    "hmac-sha1-96",
  ],
} satisfies Algorithms;

/**
 * Reads the keys, and opens the agent, even where a private key would do.
 *
 * @throws {UnusableKey} when a key cannot be read; Error when the agent does not answer.
 */
export async function credentialsOf({
  user: username,
  hostKey,
  privateKey,
  privateKeyPassword,
  agent,
}: Login): Promise<Credentials> {
  if (hostKey !== undefined) readHostKey(hostKey);
  const found: AnyAuthMethod[] = [];
  if (privateKey !== undefined)
    found.push({ type: "publickey", username, key: await parsed(privateKey, privateKeyPassword) });
  if (agent !== undefined) {
    await openAgent(agent);
    found.push({ type: "agent", username, agent });
  }
  return found;
}

async function parsed(text: string, passphrase: string | undefined) {
  const { pem, kind } = readPrivateKey(text, passphrase);
  const key = ssh2.utils.parseKey(kind === "PRIVATE KEY" ? await withoutPkcs8(pem) : pem, passphrase);
  if (key instanceof Error)
    throw passphrase === undefined
      ? new UnusableKey(`ssh: ${key.message}`, "another private key: this one is damaged")
      : new UnusableKey("x509: decryption password incorrect", "the key's passphrase in privateKeyPassword");
  return key;
}

/** PKCS#8, as OpenSSL writes it, is what Go reads and ssh2 does not. */
async function withoutPkcs8(pem: string): Promise<string> {
  const { default: sshpk } = await import("sshpk");
  return sshpk.parsePrivateKey(pem, "pkcs8").toString("ssh-private");
}

function openAgent(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${path}: connect: ${systemMessage(error)}`)));
  });
}

/** `connection refused`, as Go and the C library call it. */
export const systemMessage = (error: Error): string =>
  "errno" in error && typeof error.errno === "number" ? getSystemErrorMessage(error.errno) : error.message;

/**
 * Logs in on a connection that stands. Only the algorithm of the host key is offered; a method of authentication is
 * tried once, so that an agent is not asked after the private key was refused. No keep-alive is sent.
 *
 * @throws {UnusableKey} when the host key cannot be read; {@link LoginFailure} with the reason of the refusal.
 */
export async function logIn(
  { user, hostKey }: Pick<Login, "user" | "hostKey">,
  credentials: Credentials,
  sock: Duplex,
): Promise<Client> {
  const expected = hostKey === undefined ? undefined : readHostKey(hostKey);
  const client = new ssh2.Client();
  const offers = new Offers();
  const methods = methodsInTurn([{ type: "none", username: user }, ...credentials]);
  let isKnown = false;
  let shown: string | undefined;
  const failureOf = ({ message, level }: Error & { level?: string }): LoginFailure => {
    if (shown !== undefined) return new LoginFailure("host-key", "ssh: host key mismatch", { shown });
    if (message.includes("no matching")) return new LoginFailure("host-key", ...offers.mismatch());
    if (level === "client-authentication") return new LoginFailure("authentication", methods.failure());
    return new LoginFailure(isKnown ? "authentication" : "host-key", message);
  };
  return await new Promise<Client>((resolve, reject) => {
    client.once("ready", () => resolve(client));
    client.on("error", (error: Error & { level?: string }) => {
      // An agent that fails is one method less, not the end.
      if (error.level !== "agent") reject(failureOf(error));
    });
    client.once("close", () => reject(failureOf(new Error("EOF"))));
    client.connect({
      sock,
      username: user,
      readyTimeout: 0,
      algorithms: {
        ...ALGORITHMS,
        ...(expected && { serverHostKey: [expected.algorithm as ServerHostKeyAlgorithm] }),
      },
      hostVerifier: (key: Buffer) => {
        isKnown = expected === undefined || key.equals(expected.bytes);
        if (!isKnown) shown = fingerprint(key);
        return isKnown;
      },
      authHandler: methods.next,
      debug: (line) => offers.note(line),
    });
  });
}

/** Tries methods in their order, each that the server has and that was not refused. */
function methodsInTurn(methods: readonly AnyAuthMethod[]) {
  const refused: string[] = [];
  let current: AnyAuthMethod | undefined;
  const nameOf = ({ type }: AnyAuthMethod): string => (type === "agent" ? "publickey" : type);
  return {
    next: (
      left: readonly string[] | null,
      isPartial: boolean | null,
      go: (method: AnyAuthMethod) => void,
    ): void => {
      if (current !== undefined && isPartial !== true) refused.push(nameOf(current));
      current = methods.find(
        (method) => !refused.includes(nameOf(method)) && (left ?? ["none"]).includes(nameOf(method)),
      );
      // `false`, which the library's types leave out, ends it.
      go(current ?? (false as unknown as AnyAuthMethod));
    },
    failure: () =>
      `ssh: unable to authenticate, attempted methods [${refused.join(" ")}], no supported methods remain`,
  };
}

/** Go's names of what is negotiated, by the library's. */
const NEGOTIATED: Readonly<Record<string, string>> = {
  "KEX method": "key exchange",
  "Host key format": "host key",
  "C->S cipher": "client to server cipher",
  "S->C cipher": "server to client cipher",
  "C->S MAC": "client to server MAC",
  "S->C MAC": "server to client MAC",
};

/** The last offers of both sides. The library tells them to its log alone. */
class Offers {
  #what = "";
  #sides: Record<string, readonly string[]> = {};

  note(line: string): void {
    const [, side, what, list] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(line) ?? [];
    if (side === undefined || what === undefined || list === undefined) return;
    this.#what = NEGOTIATED[what] ?? what;
    this.#sides[side] = list.split(",");
  }

  mismatch(): [reason: string, more: { offered?: readonly string[] | undefined }] {
    const { local = [], remote = [] } = this.#sides;
    return [
      `ssh: no common algorithm for ${this.#what}; we offered: [${local.join(" ")}], peer offered: [${remote.join(" ")}]`,
      { offered: this.#what === "host key" ? remote : undefined },
    ];
  }
}
