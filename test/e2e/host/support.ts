import { createCa, type LabCa } from "../../../lab/ca.ts";
import { ensureImages } from "../../../lab/images/index.ts";
import { type Machine, startMachine } from "../../../lab/machine/index.ts";
import { mirrorDirectory, runDirectory } from "../../../lab/paths.ts";
import { ensureReadyHost } from "../../../lab/ready-host.ts";
import { startRegistry } from "../../../lab/registry.ts";
import { setupScript } from "../../../runner/host/archive.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import type { HostSettings, TrustLevel } from "../../../runner/host/settings.ts";
import { exampleSettings } from "../../runner/host/settings.ts";

export const JOB_IMAGE = "docker:28.3.3-cli";
export const BUILDKIT_IMAGE = "moby/buildkit:v0.23.2";

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, for an assertion on what must not be in either. */
  readonly text: string;
}

/** A machine with a mirror for Docker Hub beside it, and the settings that make a host out of it. */
export interface HostMachine {
  readonly machine: Machine;
  readonly ca: LabCa;
  settings(changes?: Partial<HostSettings>): HostSettings;
  /** Set-up as the stack runs it: over SSH, through sudo, on standard input. */
  setUp(changes?: Partial<HostSettings>): Promise<Outcome>;
  /** As root on the machine. */
  root(command: string, input?: string): Promise<Outcome>;
  /** A job's container: the account of the manager starts it, and it holds the level's socket. */
  job(level: TrustLevel, options: string, script: string): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Puts up a machine that a test may break: a blank one, or one that set-up has run on before. */
export async function startHostMachine(
  state: "blank" | "ready",
  metadataServer = false,
): Promise<HostMachine> {
  const archive = state === "ready" ? { archive: await ensureReadyHost() } : {};
  const machine = await startMachine({ metadataServer, ...archive });
  try {
    const ca = await createCa(runDirectory("ca"));
    const address = `${machine.bridgeAddress}:5001`;
    const mirror = await startRegistry({ address, ca, dataDirectory: mirrorDirectory });
    await ensureImages({ references: [BUILDKIT_IMAGE, JOB_IMAGE], registry: { address, caPath: ca.caPath } });
    const settings = (changes: Partial<HostSettings> = {}) =>
      exampleSettings({
        jobImage: JOB_IMAGE,
        registryMirrors: { "docker.io": [`https://${address}`] },
        caCertificates: [ca.caPem],
        ...changes,
      });
    const root = async (command: string, input?: string) =>
      outcome(await machine.exec(command, input === undefined ? {} : { input }));
    return {
      machine,
      ca,
      settings,
      root,
      setUp: async (changes) =>
        outcome(
          await machine.ssh("sudo -n /bin/bash -s", { input: setupScript(hostFiles(settings(changes))) }),
        ),
      job: (level, options, script) => {
        const socket = `/var/lib/buildx/${level}/docker.sock`;
        const container = `docker -H unix://${socket} run --rm --interactive ${options}`;
        const mounts = `--volume ${socket}:/var/run/docker.sock --entrypoint sh ${JOB_IMAGE}`;
        return root(`cd / && timeout 60 runuser -u gitlab-runner -- ${container} ${mounts} -s`, script);
      },
      stop: async () => {
        await mirror.stop();
        await machine.stop();
      },
    };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

function outcome(result: { exitCode: number; stdout: string; stderr: string }): Outcome {
  return { ...result, text: `${result.stdout}\n${result.stderr}` };
}

/** One check of `buildx-doctor --json`. */
export interface Check {
  readonly id: string;
  readonly outcome: "pass" | "fail" | "warn" | "skip";
  readonly detail: string;
}

/** What doctor says, with the ids of what failed for a message that helps. */
export async function doctor(host: HostMachine): Promise<{ ok: boolean; failed: string[]; checks: Check[] }> {
  const { stdout, stderr } = await host.root("buildx-doctor --json");
  if (stdout === "") throw new Error(`buildx-doctor said nothing: ${stderr}`);
  const report = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  const failed = report.checks.filter((check) => check.outcome === "fail");
  return { ...report, failed: failed.map((check) => `${check.id}: ${check.detail}`) };
}
