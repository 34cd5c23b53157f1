/** A host's SSH server for tests: it answers commands as a table says, or forwards connections. */

import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import ssh2, { type Connection } from "ssh2";
import type { KeyPair } from "../sshd.ts";

/** What the probe says of a computer in order. */
export const SOUND_SYSTEM = {
  system: "debian-13",
  architecture: "amd64",
  systemd: "yes",
  "disk.path": "/var/lib",
  "disk.available": "50000000000",
  "disk.size": "100000000000",
  "inodes.available": "90",
  "inodes.total": "100",
  "memory.total": "8000000000",
  "memory.available": "4000000000",
  cpus: "4",
  cgroup: "cgroup2fs",
  "cgroup.controllers": "cpuset cpu io memory hugetlb pids",
  "namespaces.max": "96365",
};

export interface Reply {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface FakeHost {
  readonly port: number;
  /** As a stack's `hostKey` has it. */
  readonly hostKey: string;
  /** Commands that it was asked for. */
  readonly commands: string[];
  stop(): Promise<void>;
}

export const publicHalf = (key: KeyPair): string => key.public.split(" ").slice(0, 2).join(" ");

/** @param replies by how a command begins; any other is not found. */
export async function startHost(
  hostKey: KeyPair,
  user: KeyPair,
  replies: Readonly<Record<string, () => Reply>>,
): Promise<FakeHost> {
  const commands: string[] = [];
  const connections = new Set<Connection>();
  const allowed = ssh2.utils.parseKey(user.public);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    connections.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const isUser = context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
      if (isUser) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) =>
      accept().on("exec", (acceptCommand, _reject, { command }) => {
        commands.push(command);
        const [, reply] = Object.entries(replies).find(([begin]) => command.startsWith(begin)) ?? [];
        const { code = 0, stdout = "", stderr = "" } = reply?.() ?? { code: 127, stderr: "not found" };
        const channel = acceptCommand();
        channel.on("data", () => undefined);
        channel.on("end", () => {
          channel.write(stdout);
          channel.stderr.write(stderr);
          channel.exit(code);
          channel.end();
        });
      }),
    );
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const target = connect(destPort, destIP, () => {
        const channel = accept();
        channel.on("error", () => undefined);
        channel.pipe(target).pipe(channel);
      });
      target.on("error", () => reject());
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: publicHalf(hostKey),
    commands,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const client of connections) client.end();
      }),
  };
}
