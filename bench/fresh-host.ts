/** What is measured on fresh machines: their settings, and the floor, which is their packages and nothing else. */
import type { LabCa } from "../lab/ca.ts";
import { LabError } from "../lab/errors.ts";
import { HOST_IMAGES, labHostSettings } from "../lab/host-settings.ts";
import type { Machine } from "../lab/machine/index.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";

/** What set-up pulls. */
export const IMAGES = [HOST_IMAGES.buildkit, HOST_IMAGES.job];

/** Both levels, all defaults. */
export const settingsOf = (mirrorUrl: string, ca: LabCa): HostSettings =>
  labHostSettings({ stack: "bench", levels: ["open", "protected"], mirrorUrl, ca });

/** The packages that set-up would install, as its own library says. */
export async function wantedPackages(machine: Machine, settings: HostSettings): Promise<string> {
  const unpacked = "/root/unpacked";
  const script = setupScript(hostFiles(settings));
  await machine.exec(`BUILDX_RUNNERS_DESTINATION=${unpacked} bash -s`, { input: script });
  const { stdout, stderr, exitCode } = await machine.exec(
    `export LIBRARY=${unpacked}/usr/local/lib/buildx-runners; . "$LIBRARY/lib.sh" && wanted_packages`,
  );
  const names = stdout.split("\n").filter((name) => name !== "");
  if (exitCode !== 0 || names.length < 5) throw new LabError(`Set-up's packages are not known: ${stderr}`);
  return names.join(" ");
}

/** A script that installs packages, and does nothing else. */
export const installation = (packages: string): string =>
  // Masked as set-up masks them: a rootful daemon that starts is no part of installing packages.
  `set -e
    export DEBIAN_FRONTEND=noninteractive
    systemctl mask --quiet docker.service docker.socket containerd.service
    apt-get --quiet=2 update
    apt-get --quiet=2 --yes --no-install-recommends install ${packages}
    echo installed`;
