/** One host or bastion: one login and one probe, which all checks share. */
import { readFileSync } from "node:fs";
import type { SshEndpointConfig } from "../config.ts";
import { quote } from "../pipeline/shell.ts";
import { CannotCheck, type CheckName } from "./check.ts";
import { type Execution, openSession, SshFailure, type SshSession } from "./ssh.ts";

const PROBE = readFileSync(new URL("./scripts/probe.sh", import.meta.url), "utf8");

/** The facts that a host reports, by the names of probe.sh. */
export type Facts = ReadonlyMap<string, string>;

/** Of the host's clock: both in seconds, `skew` positive where it is ahead, and known but for `uncertainty`. */
export interface Clock {
  readonly skew: number;
  readonly uncertainty: number;
}

export class HostSession {
  /** What its checks are about: `host 10.0.0.5`. */
  readonly subject: string;
  readonly endpoint: SshEndpointConfig;
  readonly #agent: string | undefined;
  readonly #via: HostSession | undefined;
  #session: Promise<SshSession> | undefined;
  #sudo: Promise<Execution> | undefined;

  constructor(subject: string, endpoint: SshEndpointConfig, agent: string | undefined, via?: HostSession) {
    this.subject = subject;
    this.endpoint = endpoint;
    this.#agent = agent;
    this.#via = via;
  }

  /** Names one of its checks, for those that depend on it. */
  check(name: string): CheckName {
    return { subject: this.subject, id: `host.${name}` };
  }

  /** @throws {SshFailure} naming the stage at which the way to it ends; {@link CannotCheck} where its bastion's does. */
  open(): Promise<SshSession> {
    this.#session ??= this.#open();
    return this.#session;
  }

  async #open(): Promise<SshSession> {
    const via = await this.#via?.open().catch((error: unknown) => {
      throw new CannotCheck(
        "the login to its bastion failed",
        "correct what the checks of the bastion report",
        error instanceof SshFailure ? this.#via?.check(error.stage) : undefined,
      );
    });
    return openSession(this.endpoint, this.#agent, via);
  }

  /** The session, for what comes after the log-in. @throws {CannotCheck} where there is none. */
  async ready(): Promise<SshSession> {
    try {
      return await this.open();
    } catch (error) {
      if (error instanceof SshFailure)
        throw new CannotCheck(
          "the SSH login failed",
          `correct what host.${error.stage} reports`,
          this.check(error.stage),
        );
      throw error;
    }
  }

  /** The outcome of `sudo -n true`. */
  sudo(): Promise<Execution> {
    this.#sudo ??= this.ready().then((session) => session.run("sudo -n true", "", 20));
    return this.#sudo;
  }

  /** @param targets addresses to reach from there, by name. */
  async probe(directory: string, targets: Readonly<Record<string, string>>): Promise<Facts> {
    const session = await this.ready();
    const root = (await this.sudo()).code === 0 ? "sudo -n " : "";
    const words = [directory, ...Object.entries(targets).map(([name, address]) => `${name}=${address}`)];
    const { code, stdout, stderr } = await session.run(
      `${root}/bin/bash -s -- ${words.map(quote).join(" ")}`,
      PROBE,
      60,
    );
    if (code !== 0)
      throw new CannotCheck(
        `the probe failed: ${(stderr || stdout).trim().slice(0, 300)}`,
        "log in to the host, and check that /bin/bash exists",
      );
    return new Map(
      stdout.split("\n").flatMap((line): [string, string][] => {
        const [name, value] = line.split("\t");
        return name !== undefined && value !== undefined ? [[name, value]] : [];
      }),
    );
  }

  /** Compares the clocks: the host's is read between two looks at this computer's. */
  async clock(now: () => Date): Promise<Clock> {
    const session = await this.ready();
    const before = now().getTime();
    const { stdout } = await session.run("date +%s.%N", "", 20);
    const after = now().getTime();
    const there = Number(stdout.trim());
    if (!Number.isFinite(there) || there === 0)
      throw new CannotCheck(
        `date printed ${stdout.trim().slice(0, 40)}`,
        "log in to the host, and run: date +%s.%N",
      );
    return { skew: there - (before + after) / 2000, uncertainty: (after - before) / 2000 };
  }

  /** Outcome of the host's own doctor. */
  async ownDoctor(): Promise<Execution> {
    const session = await this.ready();
    if ((await this.sudo()).code !== 0)
      throw new CannotCheck("it needs sudo", "correct what host.sudo reports", this.check("sudo"));
    return session.run("sudo -n buildx-doctor --json", "", 120);
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    session?.end();
  }
}
