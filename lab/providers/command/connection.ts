import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import ssh2, { type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import type { Connection, Endpoint } from "./inputs.ts";

const firstDelay = 100;
const delayGrowth = 1.5;
const longestDelay = 5_000;

/** No second attempt can mend this: the server is not the one that was expected, or a key cannot be read. */
class FinalError extends Error {}

/** What goes along with whatever a resource runs. */
export interface RunContext {
  /** Shows a line of output, or of what is being waited for. */
  readonly say: (line: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** An open connection. It breaks when the run is cancelled. */
export interface Session {
  readonly client: Client;
  close(): void;
}

/**
 * Connects over SSH, through a bastion if there is one, with as many attempts as the connection allows.
 *
 * Throws with the address and the reason; at once when the server shows another host key than the expected one.
 */
export async function connect(connection: Connection, run: RunContext): Promise<Session> {
  const session = await open(connection, run);
  run.signal.addEventListener("abort", session.close, { once: true });
  return session;
}

async function open(connection: Connection, run: RunContext): Promise<Session> {
  const { proxy, ...target } = connection;
  if (proxy === undefined) {
    const client = await dial(target, undefined, run);
    return { client, close: () => client.end() };
  }
  const bastion = await dial(proxy, undefined, run);
  try {
    const client = await dial(target, bastion, run);
    return {
      client,
      close: () => {
        client.end();
        bastion.end();
      },
    };
  } catch (error) {
    bastion.end();
    throw new Error(`through the bastion ${nameOf(proxy)}: ${messageOf(error)}`);
  }
}

async function dial(
  endpoint: Endpoint,
  bastion: Client | undefined,
  { say, signal }: RunContext,
): Promise<Client> {
  const limit = endpoint.dialErrorLimit;
  let pause = firstDelay;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt(endpoint, bastion);
    } catch (error) {
      if (error instanceof FinalError) {
        throw error;
      }
      if (limit >= 0 && failures > limit) {
        throw new Error(`${nameOf(endpoint)}: after ${failures} failed attempts: ${messageOf(error)}`);
      }
      say(`Dial ${failures}/${limit < 0 ? "inf" : limit} failed: retrying`);
    }
    await delay(pause, undefined, { signal });
    pause = Math.min(pause * delayGrowth, longestDelay);
  }
}

async function attempt(endpoint: Endpoint, bastion: Client | undefined): Promise<Client> {
  const expected = endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint, endpoint.hostKey);
  const channel = bastion === undefined ? undefined : await forward(bastion, endpoint);
  const client = new ssh2.Client();
  let mismatch: FinalError | undefined;
  const options: ConnectConfig = {
    ...credentials(endpoint),
    readyTimeout: endpoint.perDialTimeout * 1000,
    hostVerifier: (key: Buffer) => {
      if (expected !== undefined && !expected.key.equals(key)) {
        mismatch = new FinalError(
          `${nameOf(endpoint)}: host key mismatch: expected ${fingerprint(expected.key)}, got ${fingerprint(key)}`,
        );
      }
      return mismatch === undefined;
    },
  };
  if (expected !== undefined) {
    options.algorithms = { serverHostKey: expected.algorithms };
  }
  if (channel === undefined) {
    options.host = endpoint.host;
    options.port = endpoint.port;
  } else {
    options.sock = channel;
  }
  return await new Promise<Client>((resolve, reject) => {
    client.once("ready", () => resolve(client));
    // Errors that come after the connection stands belong to its commands, which report them.
    client.on("error", (error) => reject(mismatch ?? error));
    client.once("close", () => reject(mismatch ?? new Error("the server closed the connection")));
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => endpoint.password ?? "")),
    );
    client.connect(options);
  });
}

function credentials(endpoint: Endpoint): ConnectConfig {
  const { privateKey, privateKeyPassword } = endpoint;
  if (privateKey !== undefined) {
    const parsed = ssh2.utils.parseKey(privateKey, privateKeyPassword);
    if (parsed instanceof Error) {
      throw new FinalError(`${nameOf(endpoint)}: privateKey: ${parsed.message}`);
    }
  }
  const agent = endpoint.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  return {
    username: endpoint.user,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(privateKeyPassword === undefined ? {} : { passphrase: privateKeyPassword }),
    ...(endpoint.password === undefined ? {} : { password: endpoint.password, tryKeyboard: true }),
    ...(agent === undefined ? {} : { agent }),
  };
}

function forward(bastion: Client, endpoint: Endpoint): Promise<NonNullable<ConnectConfig["sock"]>> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, endpoint.host, endpoint.port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

function parseHostKey(
  endpoint: Endpoint,
  text: string,
): { key: Buffer; algorithms: ServerHostKeyAlgorithm[] } {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    throw new FinalError(`${nameOf(endpoint)}: hostKey: ${parsed.message}; it must read "<type> <base64>"`);
  }
  const key = parsed.getPublicSSH();
  // The signature's algorithm is negotiated, and an RSA key signs with newer ones than its type's name says.
  const algorithms = parsed.type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [parsed.type];
  return { key, algorithms: algorithms as ServerHostKeyAlgorithm[] };
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function nameOf(endpoint: Endpoint): string {
  return `${endpoint.user}@${endpoint.host}:${endpoint.port}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
