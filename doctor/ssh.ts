/** A connection to a host, step by step, so that a failure says which step it was. No key of a host is taken unasked. */
import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type Algorithms, type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import type { SshEndpointConfig } from "../config.ts";
import { isReadable } from "./stack.ts";

/** Where the way to a host ended. */
export type Stage = "resolves" | "port" | "host-key" | "authentication";

export const STAGES: readonly Stage[] = ["resolves", "port", "host-key", "authentication"];

/** The way to a host ended at a stage. */
export class SshFailure extends Error {
  override readonly name = "SshFailure";
  readonly stage: Stage;
  /** Fingerprint of the key that the host showed, of the stage `host-key`. */
  readonly shown: string | undefined;
  /** The secret that would be needed cannot be read: nothing is known to be wrong. */
  readonly unknown: boolean;

  constructor(
    stage: Stage,
    message: string,
    more: { readonly shown?: string; readonly unknown?: boolean } = {},
  ) {
    super(message);
    this.stage = stage;
    this.shown = more.shown;
    this.unknown = more.unknown ?? false;
  }
}

export interface Execution {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host that is logged in to. */
export interface SshSession {
  /** Addresses that its name resolves to; its own, where it has no name. */
  readonly resolved: string;
  /**
   * Runs a command.
   *
   * @param input standard input.
   * @param seconds after which the command is given up. @throws Error then.
   */
  run(command: string, input?: string, seconds?: number): Promise<Execution>;
  /** A connection from there to somewhere else. */
  forward(host: string, port: number): Promise<Duplex>;
  end(): void;
}

/**
 * As `ssh-keygen -l` and a server's log show a key.
 *
 * @param key `ssh-ed25519 AAAA…`, or its bytes.
 * @example
 * fingerprint("ssh-ed25519 AAAA…"); // "SHA256:qfk1…"
 */
export const fingerprint = (key: string | Buffer): string =>
  `SHA256:${createHash("sha256").update(bytesOf(key)).digest("base64").replace(/=+$/, "")}`;

const bytesOf = (key: string | Buffer): Buffer =>
  typeof key === "string" ? Buffer.from(key.split(" ")[1] ?? "", "base64") : key;

/** Milliseconds for a connection, and for each of its steps. */
const TIMEOUT = 15_000;

/**
 * Logs in, as `pulumi up` does: with the stack's private key, or else with the agent's.
 *
 * @param via a bastion that forwards to it.
 * @throws {SshFailure} naming the stage.
 */
export async function openSession(
  endpoint: SshEndpointConfig,
  agent: string | undefined,
  via?: SshSession,
): Promise<SshSession> {
  const resolved = via ? `${endpoint.address}, by the bastion` : await resolve(endpoint.address);
  const stream = await (via ? forwarded(via, endpoint) : dial(endpoint));
  const client = await logIn(endpoint, agent, stream);
  return {
    resolved,
    run: (command, input, seconds = 60) => run(client, command, input ?? "", seconds),
    forward: (host, port) =>
      new Promise((done, fail) =>
        client.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
          error ? fail(error) : done(channel),
        ),
      ),
    end: () => client.end(),
  };
}

async function resolve(address: string): Promise<string> {
  if (isIP(address)) return address;
  try {
    return (await lookup(address, { all: true })).map((one) => one.address).join(", ");
  } catch (error) {
    throw new SshFailure("resolves", codeOf(error));
  }
}

function dial({ address, port }: SshEndpointConfig): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connectTcp({ host: address, port }, () => {
      socket.setTimeout(0);
      done(socket);
    });
    socket.setTimeout(TIMEOUT, () => socket.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    socket.once("error", (error) => fail(new SshFailure("port", codeOf(error))));
  });
}

async function forwarded(via: SshSession, { address, port }: SshEndpointConfig): Promise<Duplex> {
  try {
    return await via.forward(address, port);
  } catch (error) {
    throw new SshFailure(
      "port",
      `the bastion says: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);

type Credentials = Pick<ConnectConfig, "privateKey"> | Pick<ConnectConfig, "agent">;

function credentials({ privateKey }: SshEndpointConfig, agent: string | undefined): Credentials | SshFailure {
  if (privateKey !== undefined && isReadable(privateKey)) {
    const key = ssh2.utils.parseKey(privateKey.reveal());
    return key instanceof Error
      ? new SshFailure("authentication", `its privateKey cannot be read: ${key.message}`)
      : { privateKey: privateKey.reveal() };
  }
  if (agent !== undefined) return { agent };
  return privateKey === undefined
    ? new SshFailure("authentication", "it has no privateKey, and there is no SSH agent")
    : new SshFailure("authentication", "its privateKey is encrypted, and no engine reads it", {
        unknown: true,
      });
}

/**
 * The key's own type first: of several keys, a server shows the one that is asked for. Not it alone, so that another
 * one is told by its fingerprint.
 */
const algorithmsOf = (hostKey: string): Algorithms => {
  const own = OWN_TYPE[hostKey.split(" ")[0] ?? ""] ?? [];
  return { serverHostKey: [...own, ...KEY_TYPES.filter((type) => !own.includes(type))] };
};

const KEY_TYPES: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

const OWN_TYPE: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

function logIn(endpoint: SshEndpointConfig, agent: string | undefined, sock: Duplex): Promise<Client> {
  const client = new ssh2.Client();
  const found = credentials(endpoint, agent);
  let shown: string | undefined;
  let known = false;
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      client.destroy();
      fail(new SshFailure(known ? "authentication" : "host-key", "it did not go on within 15 s"));
    }, TIMEOUT);
    client.on("error", (error) => {
      clearTimeout(timer);
      fail(failureOf(error, { known, shown, found }));
    });
    client.on("close", () => {
      clearTimeout(timer);
      fail(new SshFailure(known ? "authentication" : "host-key", "it closed the connection"));
    });
    client.on("ready", () => {
      clearTimeout(timer);
      done(client);
    });
    client.connect({
      sock,
      username: endpoint.user,
      readyTimeout: TIMEOUT,
      algorithms: algorithmsOf(endpoint.hostKey),
      hostVerifier: (key: Buffer) => {
        shown = fingerprint(key);
        known = key.equals(bytesOf(endpoint.hostKey));
        return known;
      },
      // Without a credential it comes as far as the host's key.
      ...(found instanceof SshFailure ? {} : found),
    });
  });
}

interface Seen {
  readonly known: boolean;
  readonly shown: string | undefined;
  readonly found: Credentials | SshFailure;
}

function failureOf(error: Error, { known, shown, found }: Seen): SshFailure {
  if (shown !== undefined && !known) return new SshFailure("host-key", "another key", { shown });
  if (!known) return new SshFailure("host-key", error.message);
  return found instanceof SshFailure ? found : new SshFailure("authentication", error.message);
}

function run(client: Client, command: string, input: string, seconds: number): Promise<Execution> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no end within ${seconds} s: ${command}`)), seconds * 1000);
    client.exec(command, (error, channel) => {
      if (error) {
        clearTimeout(timer);
        fail(error);
        return;
      }
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      channel.on("data", (part: Buffer) => stdout.push(part));
      channel.stderr.on("data", (part: Buffer) => stderr.push(part));
      channel.on("close", (code: number | null) => {
        clearTimeout(timer);
        const text = (parts: Buffer[]) => Buffer.concat(parts).toString("utf8");
        done({ code: code ?? 255, stdout: text(stdout), stderr: text(stderr) });
      });
      channel.end(input);
    });
  });
}
