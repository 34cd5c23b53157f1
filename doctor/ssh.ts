/** A connection to a host, step by step, so that a failure names its step. No host key is accepted without a check. */
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import type { SshEndpointConfig } from "../config.ts";
import { UnusableKey } from "../runner/fleets/ssh/keys.ts";
import { type Credentials, credentialsOf, LoginFailure, logIn } from "../runner/fleets/ssh/login.ts";
import { isReadable } from "./stack.ts";

/** The stage at which the connection to a host failed. */
export type Stage = "resolves" | "port" | "host-key" | "authentication";

export const STAGES: readonly Stage[] = ["resolves", "port", "host-key", "authentication"];

/** The connection to a host failed at a stage. */
export class SshFailure extends Error {
  override readonly name = "SshFailure";
  readonly stage: Stage;
  /** Fingerprint of the key that the host showed, of the stage `host-key`. */
  readonly shown: string | undefined;
  /** The host's algorithms, where none of them is the configured key's. */
  readonly offered: readonly string[] | undefined;
  /** What to do, where it is known better than by the stage. */
  readonly remedy: string | undefined;
  /** The secret that would be needed cannot be read: nothing is known to be wrong. */
  readonly unknown: boolean;

  constructor(
    stage: Stage,
    message: string,
    more: Partial<Pick<SshFailure, "shown" | "offered" | "remedy" | "unknown">> = {},
  ) {
    super(message);
    this.stage = stage;
    this.shown = more.shown;
    this.offered = more.offered;
    this.remedy = more.remedy;
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

/** Milliseconds for a connection, and for each of its steps. */
const TIMEOUT = 15_000;

/**
 * Logs in, as `pulumi up` does: with the stack's private key, or else with the agent's, which must answer in any case.
 *
 * @param agent socket of an SSH agent.
 * @param via a bastion that forwards to it.
 * @throws {SshFailure} naming the stage.
 */
export async function openSession(
  endpoint: SshEndpointConfig,
  agent: string | undefined,
  via?: SshSession,
): Promise<SshSession> {
  const resolved = via ? `${endpoint.address}, through the bastion` : await resolve(endpoint.address);
  const stream = await (via ? forwarded(via, endpoint) : dial(endpoint));
  const client = await enter(endpoint, agent, stream);
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
      `the bastion reports: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);

/** Logs in on a connection. Without a credential, it stops after the check of the host key. */
async function enter(
  endpoint: SshEndpointConfig,
  agent: string | undefined,
  stream: Duplex,
): Promise<Client> {
  const found = await credentialsFor(endpoint, agent);
  const limit = setTimeout(() => stream.destroy(new Error(`no answer within ${TIMEOUT / 1000} s`)), TIMEOUT);
  try {
    return await logIn(endpoint, found instanceof SshFailure ? [] : found, stream);
  } catch (error) {
    if (!(error instanceof LoginFailure)) throw error;
    throw error.stage === "authentication" && found instanceof SshFailure
      ? found
      : new SshFailure(error.stage, error.message, error);
  } finally {
    clearTimeout(limit);
  }
}

async function credentialsFor(
  { user, privateKey, privateKeyPassword }: SshEndpointConfig,
  agent: string | undefined,
): Promise<Credentials | SshFailure> {
  const failure = (message: string, more?: ConstructorParameters<typeof SshFailure>[2]) =>
    new SshFailure("authentication", message, more);
  const sealed = [privateKey, privateKeyPassword].some((secret) => secret && !isReadable(secret));
  if (sealed && agent === undefined)
    return failure("its privateKey is encrypted in the stack's file, and the doctor cannot decrypt it", {
      unknown: true,
    });
  if (privateKey === undefined && agent === undefined)
    return failure("it has no privateKey, and there is no SSH agent");
  const key = sealed
    ? {}
    : { privateKey: privateKey?.reveal(), privateKeyPassword: privateKeyPassword?.reveal() };
  try {
    return await credentialsOf({ user, ...key, agent });
  } catch (error) {
    return error instanceof UnusableKey
      ? failure(`its privateKey: ${error.message}`, { remedy: `set privateKey to ${error.advice}` })
      : failure(error instanceof Error ? error.message : String(error), {
          remedy:
            "unset SSH_AUTH_SOCK, or start the agent: `pulumi up` uses it even if there is a privateKey",
        });
  }
}

function run(client: Client, command: string, input: string, seconds: number): Promise<Execution> {
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`not finished within ${seconds} s: ${command}`)),
      seconds * 1000,
    );
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
