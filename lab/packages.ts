import { access } from "node:fs/promises";
import { LabError } from "./errors.ts";
import { run } from "./run.ts";

/** One Debian package the lab runs a program of. */
interface SystemPackage {
  /** A file that is there exactly when the package is. */
  readonly file: string;
  readonly why: string;
  /** A service the package would start by itself, which the lab does not want. */
  readonly unwantedService?: string;
}

/** Every Debian package the lab needs, in one place. */
export const systemPackages = {
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
} as const satisfies Record<string, SystemPackage>;

export type SystemPackageName = keyof typeof systemPackages;

export interface InstallOptions {
  /** The person agreed beforehand (`--yes`); CI=true in the environment counts as agreement too. */
  readonly assumeYes: boolean;
}

/**
 * Installs those of the packages that are missing, with apt-get, when this process is root and the person agreed.
 *
 * @returns the names of the packages that were installed; empty when all were there.
 * @throws LabError with the exact command to run otherwise.
 */
export async function installSystemPackages(
  names: readonly SystemPackageName[] = allSystemPackages(),
  options: InstallOptions = { assumeYes: false },
): Promise<SystemPackageName[]> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return missing;
  const agreed = options.assumeYes || process.env.CI === "true";
  if (process.getuid?.() !== 0 || !agreed) throw new LabError(explainMissing(missing));
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const purpose = `install ${missing.join(", ")}`;
  await run("apt-get", ["update", "--quiet"], { env, purpose });
  await run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...missing], {
    env,
    purpose,
  });
  await stopUnwantedServices(missing);
  return missing;
}

/** The names in {@link systemPackages}, for a caller that needs them all. */
export function allSystemPackages(): SystemPackageName[] {
  return Object.keys(systemPackages) as SystemPackageName[];
}

/** Says which packages are missing, what for, and the command that installs them. */
export function explainMissing(missing: readonly SystemPackageName[]): string {
  const width = Math.max(...missing.map((name) => name.length));
  const reasons = missing.map((name) => `  ${name.padEnd(width)}  ${systemPackages[name].why}`);
  return [
    "The lab needs Debian packages that this computer lacks:",
    ...reasons,
    "Install them, or run this again as root with --yes:",
    `  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing.join(" ")}`,
  ].join("\n");
}

async function missingPackages(names: readonly SystemPackageName[]): Promise<SystemPackageName[]> {
  const present = await Promise.all(
    names.map((name) =>
      access(systemPackages[name].file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => present[index] !== true);
}

async function stopUnwantedServices(installed: readonly SystemPackageName[]): Promise<void> {
  for (const name of installed) {
    const wanted: SystemPackage = systemPackages[name];
    if (wanted.unwantedService === undefined) continue;
    // Without systemd nothing was started; a failure here has nothing to undo.
    await run("systemctl", ["disable", "--now", wanted.unwantedService], { tolerate: true });
  }
}
