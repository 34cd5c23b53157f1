import { existsSync } from "node:fs";
import { LabError } from "./errors.ts";
import { run } from "./run.ts";

/** One Debian package that a program is run of. */
export interface SystemPackage {
  /** A file that is there exactly when the package is. */
  readonly file: string;
  readonly why: string;
  /** A service the package would start by itself, which the lab does not want. */
  readonly unwantedService?: string;
}

/** Packages by name. */
export type SystemPackages = Readonly<Record<string, SystemPackage>>;

/** Every Debian package the lab needs, in one place. */
export const systemPackages: SystemPackages = {
  mmdebstrap: { file: "/usr/bin/mmdebstrap", why: "builds the host's root file system" },
  "debian-archive-keyring": {
    file: "/usr/share/keyrings/debian-archive-keyring.gpg",
    why: "verifies Debian's packages",
  },
  "systemd-container": { file: "/usr/bin/systemd-nspawn", why: "boots the host" },
  iproute2: { file: "/usr/sbin/ip", why: "makes the host's network" },
  nftables: { file: "/usr/sbin/nft", why: "connects the host's network to this computer's" },
  "openssh-client": { file: "/usr/bin/ssh", why: "reaches the host" },
  openssl: { file: "/usr/bin/openssl", why: "issues the lab's certificates" },
  "docker-registry": {
    file: "/usr/bin/docker-registry",
    why: "is the registry",
    unwantedService: "docker-registry.service",
  },
  git: { file: "/usr/bin/git", why: "serves the target project's repository" },
  rsync: { file: "/usr/bin/rsync", why: "gitlab-ci-local copies with it" },
  skopeo: { file: "/usr/bin/skopeo", why: "pulls container images, and pushes them to the lab's mirror" },
  umoci: { file: "/usr/bin/umoci", why: "packs container images" },
};

export interface InstallOptions {
  /** The person agreed beforehand (`--yes`); CI=true in the environment counts as agreement too. */
  readonly assumeYes: boolean;
}

/** Who needs them and what a person can do, in words of whoever asks. */
export interface Asker {
  /** `The lab needs`, `Baking needs`. */
  readonly who: string;
  /** The line before the command. */
  readonly advice: string;
}

const LAB: Asker = { who: "The lab needs", advice: "Install them, or run this again as root with --yes:" };

/**
 * Installs those of the packages that are missing, with apt-get, when this process is root and the person agreed.
 *
 * @returns the names of the packages that were installed; empty when all were there.
 * @throws LabError with the exact command to run otherwise.
 */
export async function installSystemPackages(
  packages: SystemPackages = systemPackages,
  options: InstallOptions = { assumeYes: false },
  asker: Asker = LAB,
): Promise<string[]> {
  const missing = missingPackages(packages);
  if (missing.length === 0) return missing;
  const agreed = options.assumeYes || process.env.CI === "true";
  if (process.getuid?.() !== 0 || !agreed) throw new LabError(explainMissing(packages, missing, asker));
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const purpose = `install ${missing.join(", ")}`;
  await run("apt-get", ["update", "--quiet"], { env, purpose });
  await run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...missing], {
    env,
    purpose,
  });
  await stopUnwantedServices(missing.map((name) => packages[name]?.unwantedService));
  return missing;
}

/** The names of those packages that are not there. */
export function missingPackages(
  packages: SystemPackages,
  exists: (file: string) => boolean = existsSync,
): string[] {
  return Object.entries(packages)
    .filter(([, { file }]) => !exists(file))
    .map(([name]) => name);
}

/** Says which packages are missing, what for, and the command that installs them. */
export function explainMissing(
  packages: SystemPackages,
  missing: readonly string[],
  { who, advice }: Asker = LAB,
): string {
  const width = Math.max(...missing.map((name) => name.length));
  return [
    `${who} Debian packages that this computer lacks:`,
    ...missing.map((name) => `  ${name.padEnd(width)}  ${packages[name]?.why ?? ""}`),
    advice,
    `  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing.join(" ")}`,
  ].join("\n");
}

async function stopUnwantedServices(services: readonly (string | undefined)[]): Promise<void> {
  for (const service of services) {
    // Without systemd nothing was started; a failure here has nothing to undo.
    if (service !== undefined) await run("systemctl", ["disable", "--now", service], { tolerate: true });
  }
}
