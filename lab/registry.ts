import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hash } from "bcryptjs";
import { stringify } from "yaml";
import type { IssuedCertificate, LabCa } from "./ca.ts";
import { LabError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import { instanceOf } from "./machine/instance.ts";
import { type JournalItem, record } from "./machine/journal.ts";
import { endProcess, identify, isAlive, type ProcessIdentity } from "./machine/process.ts";
import { logDirectory } from "./paths.ts";
import {
  ask,
  digestOf,
  listRepositories,
  listTags,
  manifestOf,
  type RegistryAccess,
} from "./registry-client.ts";
import { type Fault, startRegistryProxy } from "./registry-proxy.ts";

export interface RegistryOptions {
  /**
   * IPv4 address and port, `10.77.0.1:5000`. On a machine's bridge address the registry is taken down with that
   * machine, whatever happens to this process; elsewhere it ends with this process.
   */
  readonly address: string;
  /** The one account. Without it and `tokens`, every client may read and write. */
  readonly htpasswd?: { readonly user: string; readonly password: string };
  /** Takes tokens of this server instead; refuses what they exclude, by a proxy in this process. */
  readonly tokens?: {
    /** Address of the server that signs them. */
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    /** Credentials there, with which {@link Registry} reads what was pushed. */
    readonly credentials: { readonly user: string; readonly password: string };
  };
  readonly ca: LabCa;
  /** Holds the pushed content; kept when the registry stops. */
  readonly dataDirectory: string;
  /** Default `.lab/log/registry-<host>-<port>.log`. */
  readonly logPath?: string;
  /** Makes {@link Registry.refusePush} usable, at the price of a proxy in this process. Default false. */
  readonly faults?: boolean;
}

/** A running registry. */
export interface Registry {
  readonly address: string;
  readonly url: string;
  /** Reads and writes everything. */
  readonly user?: string;
  readonly password?: string;
  /** Sorted. */
  repositories(): Promise<string[]>;
  /** Sorted; empty when there is no such repository. */
  listTags(repository: string): Promise<string[]>;
  /** `sha256:…`; undefined when there is no such tag. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  /** The parsed manifest or index; undefined when there is none. */
  manifest(repository: string, reference: string): Promise<unknown>;
  /**
   * From now on refuses pushes to repositories whose name matches, with 403; undefined ends that.
   *
   * @throws LabError when the registry was started without `faults`.
   */
  refusePush(repositories: RegExp | undefined): void;
  stop(): Promise<void>;
}

/**
 * Starts Debian's docker-registry with TLS and waits until it answers.
 *
 * @throws LabError with the end of its log when it does not start.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { host, port } = parseAddress(options.address);
  const name = `registry-${host}-${port}`;
  const logPath = options.logPath ?? path.join(logDirectory, `${name}.log`);
  const certificate = await options.ca.issue(name, { ips: [host] });
  const proxied = options.faults === true || options.tokens !== undefined;
  const upstreamPort = proxied ? await freePort() : undefined;
  const settings = path.join(options.dataDirectory, `.${name}`);
  await writeSettings(settings, options, certificate, upstreamPort);
  const stopServer = await launch(path.join(settings, "config.yml"), host, logPath);
  const fault: Fault = { refusePush: undefined };
  const credentials = options.tokens?.credentials ?? options.htpasswd;
  const access: RegistryAccess = {
    url: `https://${options.address}`,
    caPem: options.ca.caPem,
    ...(credentials === undefined ? {} : { credentials }),
  };
  try {
    const stopProxy =
      upstreamPort === undefined
        ? undefined
        : await startRegistryProxy({
            ...{ host, port, certificate, upstreamPort, fault },
            tokenServer: options.tokens && {
              url: new URL(options.tokens.realm),
              caPem: options.ca.caPem,
            },
          });
    const stop = async () => {
      await stopProxy?.();
      await stopServer.stop();
      await rm(settings, { recursive: true, force: true });
    };
    await waitUntilReady(access, stopServer.process, logPath);
    return registryOf(options, access, fault, stop);
  } catch (error) {
    await stopServer.stop();
    throw error;
  }
}

function registryOf(
  options: RegistryOptions,
  access: RegistryAccess,
  fault: Fault,
  stop: () => Promise<void>,
): Registry {
  return {
    address: options.address,
    url: access.url,
    ...access.credentials,
    repositories: () => listRepositories(access),
    listTags: (repository) => listTags(access, repository),
    digest: (repository, tag) => digestOf(access, repository, tag),
    manifest: (repository, reference) => manifestOf(access, repository, reference),
    refusePush: (repositories) => {
      if (options.faults !== true) throw new LabError("This registry was started without `faults: true`");
      fault.refusePush = repositories;
    },
    stop,
  };
}

/** Splits `10.77.0.1:5000`. */
export function parseAddress(address: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (isIP(host) !== 4 || Number(port) > 65_535) {
    throw new LabError(`Registry address "${address}": not an IPv4 address and port, like 10.77.0.1:5000`);
  }
  return { host, port: Number(port) };
}

async function writeSettings(
  directory: string,
  options: RegistryOptions,
  certificate: IssuedCertificate,
  upstreamPort: number | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const configuration = {
    version: 0.1,
    log: { level: "info" },
    storage: {
      filesystem: { rootdirectory: options.dataDirectory },
      delete: { enabled: true },
    },
    http: {
      secret: randomBytes(32).toString("hex"),
      ...(upstreamPort === undefined
        ? { addr: options.address, tls: { certificate: certificate.certPath, key: certificate.keyPath } }
        : { addr: `127.0.0.1:${upstreamPort}` }),
    },
    ...(await authentication(directory, options)),
  };
  await writeFile(path.join(directory, "config.yml"), stringify(configuration), { mode: 0o600 });
}

async function authentication(
  directory: string,
  { address, htpasswd, tokens, ca }: RegistryOptions,
): Promise<object> {
  if (tokens !== undefined) {
    const { service, issuer } = tokens;
    const realm = `https://${address}${new URL(tokens.realm).pathname}`;
    return { auth: { token: { realm, service, issuer, rootcertbundle: ca.caPath } } };
  }
  if (htpasswd === undefined) return {};
  const file = path.join(directory, "htpasswd");
  // docker-registry reads bcrypt only. A cost of 6 keeps each of a build's many requests fast.
  await writeFile(file, `${htpasswd.user}:${await hash(htpasswd.password, 6)}\n`, { mode: 0o600 });
  return { auth: { htpasswd: { realm: "buildx-runners lab", path: file } } };
}

async function launch(
  configuration: string,
  host: string,
  logPath: string,
): Promise<{ process: ProcessIdentity; stop: () => Promise<void> }> {
  await mkdir(path.dirname(logPath), { recursive: true });
  const machine = /^10\.77\.(\d+)\.1$/.exec(host)?.[1];
  const log = openSync(logPath, "w", 0o600);
  const child = spawn("docker-registry", ["serve", configuration], {
    detached: machine !== undefined,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.on("error", () => {});
  const started = child.pid === undefined ? undefined : identify(child.pid);
  if (started === undefined) throw new LabError("docker-registry did not start; is it installed?");
  const item = machine === undefined ? endWithThisProcess(child) : journalled(Number(machine), started);
  if (machine !== undefined) child.unref();
  const stop = async () => {
    await endProcess(started, 5_000);
    item.forget();
  };
  return { process: started, stop };
}

function journalled(instance: number, started: ProcessIdentity): Pick<JournalItem, "forget"> {
  return record(instanceOf(instance), { kind: "process", name: "registry", process: started, grace: 5_000 });
}

function endWithThisProcess(child: { kill(): boolean }): Pick<JournalItem, "forget"> {
  const end = () => void child.kill();
  process.once("exit", end);
  return { forget: () => process.off("exit", end) };
}

async function waitUntilReady(
  access: RegistryAccess,
  server: ProcessIdentity,
  logPath: string,
): Promise<void> {
  for (let attempt = 0; attempt < 100 && isAlive(server); attempt++) {
    const answer = await ask(access, "GET", "/v2/").catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  const log = (await readFile(logPath, "utf8")).trim().split("\n").slice(-5).join("\n");
  throw new LabError(
    `The registry on ${access.url} did not start. On a bridge address, start its machine first.\n${log}`,
  );
}
