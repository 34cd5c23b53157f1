import { getServers } from "node:dns";
import { connect as connectTcp, isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import { type Credentials, credentialsOf, logIn, systemMessage } from "../../../runner/fleets/ssh/login.ts";
import type { Connection, Endpoint } from "./inputs.ts";

const firstDelay = 100;
const delayGrowth = 1.5;
const longestDelay = 5_000;

/** What goes along with whatever a resource runs. */
export interface RunContext {
  /** Shows a line of output, or of what is being waited for. */
  readonly say: (line: string) => void;
  /** Ends the waiting for a connection, and local commands; a remote one runs on. */
  readonly signal: AbortSignal;
}

/** An open connection. */
export interface Session {
  readonly client: Client;
  close(): void;
}

/**
 * Connects over SSH, through a bastion if there is one, with as many attempts as the connection allows. Whatever fails is
 * tried again, a wrong host key too; only a key or an agent that cannot be used ends it at once.
 */
export async function connect({ proxy, ...target }: Connection, run: RunContext): Promise<Session> {
  const credentials = await credentialsFor(target);
  if (proxy === undefined) {
    const client = await dial("Dial", target, credentials, run);
    return { client, close: () => client.end() };
  }
  try {
    return await connectThrough(proxy, target, credentials, run);
  } catch (error) {
    throw new Error(`proxy: ${messageOf(error)}`);
  }
}

async function connectThrough(
  proxy: Endpoint,
  target: Endpoint,
  credentials: Credentials,
  run: RunContext,
): Promise<Session> {
  const bastion = await dial("Dial proxy", proxy, await credentialsFor(proxy), run);
  const { dialErrorLimit } = target;
  try {
    const channel = await retried("Dial from proxy", dialErrorLimit, run, () => forward(bastion, target));
    let isUsed = false;
    const client = await retried("Dial", dialErrorLimit, run, async () => {
      // One channel for all attempts: after the first, the others find it closed and hide the reason.
      if (isUsed) throw new Error("ssh: handshake failed: EOF");
      isUsed = true;
      return await logIn(target, credentials, channel);
    });
    const close = () => {
      client.end();
      bastion.end();
    };
    return { client, close };
  } catch (error) {
    bastion.end();
    throw error;
  }
}

const credentialsFor = (endpoint: Endpoint): Promise<Credentials> =>
  credentialsOf({ ...endpoint, agent: endpoint.agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined) });

const dial = (what: string, endpoint: Endpoint, credentials: Credentials, run: RunContext): Promise<Client> =>
  retried(what, endpoint.dialErrorLimit, run, async () =>
    logIn(endpoint, credentials, await dialTcp(endpoint)),
  );

async function retried<T>(
  what: string,
  limit: number,
  { say, signal }: RunContext,
  attempt: () => Promise<T>,
): Promise<T> {
  let pause = firstDelay;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (limit >= 0 && failures > limit) {
        throw new Error(`after ${failures - 1} failed attempts: ${messageOf(error)}`);
      }
      say(`${what} ${failures}/${limit < 0 ? "inf" : limit} failed: retrying`);
    }
    await delay(pause, undefined, { signal });
    pause = Math.min(pause * delayGrowth, longestDelay);
  }
}

/** A connection; its time is limited, that of the log-in is not. */
function dialTcp({ host, port, perDialTimeout }: Endpoint): Promise<Duplex> {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port }, () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.setTimeout(perDialTimeout * 1000, () => {
      socket.destroy();
      reject(new Error(`dial tcp ${address}: i/o timeout`));
    });
    socket.once("error", (error) =>
      reject(
        new Error(
          "code" in error && error.code === "ENOTFOUND"
            ? `dial tcp: lookup ${host} on ${withPort(getServers()[0])}: no such host`
            : `dial tcp ${address}: connect: ${systemMessage(error)}`,
        ),
      ),
    );
  });
}

const withPort = (server = "127.0.0.1"): string =>
  /^\[|^[^:]*:\d+$/.test(server) ? server : isIPv6(server) ? `[${server}]:53` : `${server}:53`;

/** Why a server opens no channel, by its number. @see https://www.rfc-editor.org/rfc/rfc4254#section-5.1 */
const REJECTIONS = [
  "",
  "administratively prohibited",
  "connect failed",
  "unknown channel type",
  "resource shortage",
];

function forward(bastion: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (error === undefined) return resolve(channel);
      const reason = "reason" in error ? REJECTIONS[Number(error.reason)] : undefined;
      const text = error.message.replace(/^.*failure: /, "");
      reject(new Error(reason === undefined ? text : `ssh: rejected: ${reason} (${text})`));
    });
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
