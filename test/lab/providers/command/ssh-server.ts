import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import ssh2, { type Server, type Connection as ServerConnection } from "ssh2";

import { serveFiles } from "./sftp.ts";

/** An SSH server on the loopback interface whose commands a real shell runs. */
export interface SshServer {
  readonly port: number;
  /** As a stack's `hostKey` has it. */
  readonly hostKey: string;
  /** What it was asked to do, in order. */
  readonly commands: string[];
  readonly forwarded: number[];
  stop(): Promise<void>;
}

export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** A new key, as the server's or a user's. */
export function newKey(type: "ed25519" | "ecdsa" = "ed25519"): KeyPair {
  for (;;) {
    const pair: KeyPair =
      type === "ecdsa"
        ? ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 })
        : ssh2.utils.generateKeyPairSync("ed25519");
    // One in some hundred of the library's keys it cannot read itself.
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) {
      return pair;
    }
  }
}

/** Starts a server that lets in whoever has that key. `acceptEnv`: variables that it takes from a client. */
export async function startSshServer(userKey: string, acceptEnv: readonly string[] = []): Promise<SshServer> {
  const hostKey = newKey();
  const commands: string[] = [];
  const forwarded: number[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on("error", () => undefined);
    authenticate(client, userKey);
    client.on("session", (accept) => {
      const environment: Record<string, string> = {};
      const session = accept();
      session.on("env", (acceptVariable, rejectVariable, { key, val }) => {
        if (acceptEnv.includes(key)) {
          environment[key] = val;
          acceptVariable?.();
        } else {
          rejectVariable?.();
        }
      });
      session.on("sftp", (acceptFiles) => serveFiles(acceptFiles()));
      session.on("exec", (acceptCommand, _reject, { command }) => {
        commands.push(command);
        const channel = acceptCommand();
        const shell = spawn("/bin/sh", ["-c", command], { env: { PATH: process.env.PATH, ...environment } });
        channel.stdin.pipe(shell.stdin);
        shell.stdin.on("error", () => undefined);
        shell.stdout.pipe(channel.stdout, { end: false });
        shell.stderr.pipe(channel.stderr, { end: false });
        client.on("close", () => shell.kill());
        shell.on("close", (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
    client.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      forwarded.push(destPort);
      const target = connect(destPort, destIP, () => {
        const channel = accept();
        channel.pipe(target).pipe(channel);
        channel.on("error", () => undefined);
      });
      target.on("error", () => undefined);
    });
  });
  const port = await listen(server);
  const publicKey = hostKey.public.split(" ").slice(0, 2).join(" ");
  return { port, hostKey: publicKey, commands, forwarded, stop: () => close(server) };
}

function authenticate(client: ServerConnection, userKey: string): void {
  const allowed = ssh2.utils.parseKey(userKey);
  if (allowed instanceof Error) {
    throw allowed;
  }
  client.on("authentication", (context) => {
    const isAllowed =
      context.method === "publickey" &&
      context.key.data.equals(allowed.getPublicSSH()) &&
      (context.signature === undefined ||
        context.blob === undefined ||
        allowed.verify(context.blob, context.signature, context.hashAlgo) === true);
    if (isAllowed) {
      context.accept();
    } else {
      context.reject(["publickey"]);
    }
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
